with last_day as (
    select
        max(calendar_date) as last_date,
        max(case when day_of_week = 7 then week_start_date end) as last_week_start_date
    from {{ ref('dim_dates') }}
),

tests as (
    select * from {{ ref('mart_test__flakiness') }}
),

-- The newest release of each service: an older one is nobody's risk any more.
releases as (
    select
        *,
        row_number() over (
            partition by repository_key, service_key order by finished_at desc, deployment_key asc
        ) as newest_rank
    from {{ ref('mart_risk__releases') }}
),

told as (
    select * from {{ ref('mart_insight__told_weeks') }}
),

weekly as (
    select
        told.*,
        case
            when told.week_start_date < last_day.last_week_start_date then 'resolved'
            when week_before.subject_key is not null then 'ongoing'
            else 'new'
        end as insight_state,
        row_number() over (
            partition by told.insight_kind, told.subject_key order by told.week_start_date desc
        ) as week_rank
    from told
    cross join last_day
    left join told as week_before
        on
            told.insight_kind = week_before.insight_kind
            and told.subject_key = week_before.subject_key
            and {{ days_between('week_before.week_start_date', 'told.week_start_date') }} = 7
    where {{ days_between('told.week_start_date', 'last_day.last_week_start_date') }} <= 7
),

stated as (
    select
        insight_kind,
        subject_key,
        metric,
        grain,
        entity,
        team,
        sentence,
        'rule' as confidence_state,
        insight_state,
        impact_seconds,
        metric_value,
        base_value,
        observation_count,
        evidence_table,
        evidence_key,
        first_week_start_date as window_start_date,
        {{ days_after('week_start_date', 6) }} as window_end_date
    from weekly
    where week_rank = 1
    union all
    select
        'flaky_test' as insight_kind,
        tests.test_key as subject_key,
        'flake_ratio' as metric,
        'test' as grain,
        coalesce(tests.class_name || '.', '') || tests.test_name as entity,
        tests.team,
        coalesce(tests.class_name || '.', '') || tests.test_name || ' both passed and failed on '
        || cast(tests.flaky_state_count as string) || ' of ' || cast(tests.state_count as string)
        || ' states of the same code' as sentence,
        'fact' as confidence_state,
        case
            when tests.flake_status = 'cleared' then 'resolved'
            when {{ days_between('cast(tests.flaky_since_at as date)', 'last_day.last_date') }} <= 7
                then 'new'
            else 'ongoing'
        end as insight_state,
        cast(null as double) as impact_seconds,
        tests.flake_ratio as metric_value,
        cast(null as double) as base_value,
        cast(tests.execution_count as double) as observation_count,
        'mart_test__flakiness' as evidence_table,
        tests.test_key as evidence_key,
        cast(tests.flaky_since_at as date) as window_start_date,
        cast(tests.last_evidence_at as date) as window_end_date
    from tests
    cross join last_day
    where tests.flake_status = 'flaky' or (tests.flake_status = 'cleared' and tests.was_flaky)
    union all
    select
        'release_risk' as insight_kind,
        releases.deployment_key as subject_key,
        'release_confidence_score' as metric,
        'deployment' as grain,
        coalesce(releases.service, releases.repository) as entity,
        releases.team,
        'The newest release of ' || coalesce(releases.service, releases.repository)
        || ' has a confidence of '
        || cast(cast(round(releases.release_confidence_score, 0) as integer) as string)
        || ' of 100; most of the rest is ' || coalesce(releases.costliest_part, 'not known')
            as sentence,
        'rule' as confidence_state,
        case
            when {{ days_between('releases.finished_date', 'last_day.last_date') }} <= 7 then 'new'
            else 'ongoing'
        end as insight_state,
        cast(null as double) as impact_seconds,
        releases.release_confidence_score as metric_value,
        cast(80 as double) as base_value,
        cast(releases.change_count as double) as observation_count,
        'mart_risk__releases' as evidence_table,
        releases.deployment_key as evidence_key,
        releases.finished_date as window_start_date,
        releases.finished_date as window_end_date
    from releases
    cross join last_day
    where releases.newest_rank = 1 and releases.confidence_band in ('degraded', 'critical')
),

final as (
    select
        {{ surrogate_key(['insight_kind', 'subject_key']) }} as insight_key,
        *,
        row_number() over (
            order by
                case when insight_state = 'resolved' then 1 else 0 end asc,
                coalesce(impact_seconds, 0) desc,
                observation_count * abs(metric_value - coalesce(base_value, 0)) desc,
                insight_kind asc,
                subject_key asc
        ) as impact_rank
    from stated
)

select * from final
