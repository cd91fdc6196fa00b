with visits as (
    select * from {{ ref('int_issue_visits_timed') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

final as (
    select
        {{ surrogate_key([
            'visits.vendor', 'visits.repository', 'visits.issue_id', 'visits.stage',
            'visits.visit_number'
        ]) }} as issue_stage_visit_key,
        repositories.repository_key,
        repositories.team_key,
        visits.vendor,
        visits.repository,
        visits.issue_id,
        visits.stage,
        visits.previous_stage,
        visits.next_stage,
        cast(visits.stage_order as bigint) as stage_order,
        visits.visit_number,
        visits.sequence_number,
        visits.visit_seconds,
        visits.is_waiting,
        visits.is_final,
        visits.is_rework,
        visits.is_skipped,
        visits.is_current,
        visits.is_entry_observed,
        {{ business_date('visits.entered_at') }} as entered_date,
        visits.entered_at,
        visits.left_at,
        visits.loaded_at
    from visits
    left join repositories
        on visits.repository = repositories.repository
)

select * from final
