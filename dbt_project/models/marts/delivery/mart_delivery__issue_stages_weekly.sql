with visits as (
    select * from {{ ref('fct_issue_stage_times') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

-- A stage was skipped when the issue first came further than it; dropping it is no way further.
skips as (
    select
        skipped.issue_stage_visit_key,
        min(later.entered_at) as skipped_at
    from visits as skipped
    inner join visits as later
        on
            skipped.vendor = later.vendor
            and skipped.repository = later.repository
            and skipped.issue_id = later.issue_id
            and skipped.stage_order < later.stage_order
            and not later.is_waiting
            and not later.is_skipped
            and later.stage <> 'dropped'
    where skipped.is_skipped
    group by skipped.issue_stage_visit_key
),

moments as (
    select
        issue_stage_visit_key,
        'entered' as moment_kind,
        entered_date as moment_date
    from visits
    where entered_at is not null
    union all
    select
        issue_stage_visit_key,
        'left' as moment_kind,
        {{ business_date('left_at') }} as moment_date
    from visits
    where left_at is not null
    union all
    select
        issue_stage_visit_key,
        'skipped' as moment_kind,
        {{ business_date('skipped_at') }} as moment_date
    from skips
),

grains as (
    select 'repository' as grain
    union all
    select 'team' as grain
    union all
    select 'organisation' as grain
),

cut as (
    select
        grains.grain,
        case grains.grain
            when 'repository' then visits.repository
            when 'team' then repositories.team
            when 'organisation' then coalesce(repositories.organisation, 'all')
        end as entity,
        visits.stage,
        visits.stage_order,
        visits.visit_seconds,
        visits.is_rework,
        moments.moment_kind,
        {{ week_start('moments.moment_date') }} as week_start_date
    from moments
    inner join visits
        on moments.issue_stage_visit_key = visits.issue_stage_visit_key
    inner join repositories
        on visits.repository_key = repositories.repository_key
    cross join grains
),

final as (
    select
        {{ surrogate_key(['grain', 'entity', 'stage', 'week_start_date']) }}
            as issue_stage_week_key,
        grain,
        entity,
        stage,
        max(stage_order) as stage_order,
        count(*) filter (where moment_kind = 'entered') as entered_count,
        count(*) filter (where moment_kind = 'entered' and is_rework) as rework_count,
        count(*) filter (where moment_kind = 'skipped') as skipped_count,
        count(*) filter (where moment_kind = 'left') as left_count,
        {{ exact_sum('visit_seconds', "moment_kind = 'left'") }} as stage_seconds,
        {{ percentile("case when moment_kind = 'left' then visit_seconds end", 0.5) }}
            as stage_median_seconds,
        {{ percentile("case when moment_kind = 'left' then visit_seconds end", 0.9) }}
            as stage_p90_seconds,
        cast(count(*) filter (where moment_kind = 'entered' and is_rework) as double)
        / nullif(count(*) filter (where moment_kind = 'entered'), 0) as rework_ratio,
        cast(count(*) filter (where moment_kind = 'skipped') as double)
        / nullif(count(*) filter (where moment_kind in ('entered', 'skipped')), 0)
            as skip_ratio,
        stage = 'needs_person' as is_waiting,
        week_start_date
    from cut
    where entity is not null
    group by grain, entity, stage, week_start_date
)

select * from final
