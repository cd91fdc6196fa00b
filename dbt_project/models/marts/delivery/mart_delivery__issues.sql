with visits as (
    select * from {{ ref('fct_issue_stage_times') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

flows as (
    select
        vendor,
        repository,
        issue_id,
        max(case when is_current then stage end) as current_stage,
        count(*) filter (where not is_skipped) as visit_count,
        count(*) filter (where is_rework) as rework_count,
        count(*) filter (where is_skipped) as skipped_count,
        count(*) filter (where is_waiting) as waiting_count,
        case
            when count(*) filter (where is_waiting) = 0 then cast(0 as double)
            else {{ exact_sum('visit_seconds', 'is_waiting') }}
        end as waiting_seconds,
        {{ exact_sum('visit_seconds', 'not is_waiting and not is_final') }} as working_seconds,
        max(case when is_current and is_final and stage <> 'dropped' then 1 else 0 end) = 1
            as is_done,
        min(case when is_entry_observed or is_skipped then 1 else 0 end) = 1
            as is_every_entry_observed,
        min(entered_at) as opened_at,
        max(case when is_current then entered_at end) as current_since_at,
        max(loaded_at) as loaded_at
    from visits
    group by vendor, repository, issue_id
),

-- Finished when it came into the last run of final stages: accepted, then shipped, is one end.
-- What was dropped is over, but not done.
ends as (
    select
        visits.vendor,
        visits.repository,
        visits.issue_id,
        min(visits.entered_at) as done_at
    from visits
    left join visits as later
        on
            visits.vendor = later.vendor
            and visits.repository = later.repository
            and visits.issue_id = later.issue_id
            and visits.sequence_number < later.sequence_number
            and (not later.is_final or later.stage = 'dropped')
    where
        visits.is_final
        and visits.stage <> 'dropped'
        and not visits.is_skipped
        and later.issue_id is null
    group by visits.vendor, visits.repository, visits.issue_id
),

final as (
    select
        {{ surrogate_key(['flows.vendor', 'flows.repository', 'flows.issue_id']) }} as issue_key,
        repositories.repository_key,
        repositories.team_key,
        flows.vendor,
        flows.repository,
        repositories.team,
        flows.issue_id,
        flows.current_stage,
        flows.visit_count,
        flows.rework_count,
        flows.skipped_count,
        flows.waiting_count,
        flows.waiting_seconds,
        flows.working_seconds,
        case
            when flows.is_done then {{ seconds_between('flows.opened_at', 'ends.done_at') }}
        end as flow_seconds,
        flows.is_done,
        flows.is_every_entry_observed,
        {{ business_date('flows.opened_at') }} as opened_date,
        flows.opened_at,
        flows.current_since_at,
        case when flows.is_done then ends.done_at end as done_at,
        flows.loaded_at
    from flows
    inner join repositories
        on flows.repository = repositories.repository
    left join ends
        on
            flows.vendor = ends.vendor
            and flows.repository = ends.repository
            and flows.issue_id = ends.issue_id
)

select * from final
