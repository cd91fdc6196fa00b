with metrics as (
    select * from {{ ref('weekly_metrics') }}
),

releases as (
    select
        *,
        {{ week_start('finished_date') }} as week_start_date
    from {{ ref('mart_risk__releases') }}
    where release_confidence_score is not null and team is not null
),

last_day as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'minimum_people' then parameter_value end) as minimum_people,
        max(case when parameter = 'minimum_releases' then parameter_value end)
            as minimum_releases,
        max(case when parameter = 'base_weeks' then parameter_value end) as base_weeks,
        max(case when parameter = 'minimum_base_weeks' then parameter_value end)
            as minimum_base_weeks
    from {{ ref('rule_parameters') }}
    where rule_name in ('weekly_series', 'benchmark')
),

united as (
    select
        metric,
        grain,
        entity,
        team,
        observation_count,
        metric_value,
        is_sufficient,
        week_start_date
    from {{ ref('mart_insight__weekly_series') }}
    union all
    select
        'quality_drag_ratio' as metric,
        'team' as grain,
        drag.team as entity,
        drag.team,
        cast(drag.active_author_count as double) as observation_count,
        drag.quality_drag_ratio as metric_value,
        drag.active_author_count >= limits.minimum_people as is_sufficient,
        drag.week_start_date
    from {{ ref('mart_pipeline__quality_drag') }} as drag
    cross join limits
    cross join last_day
    where
        drag.is_complete_week
        and drag.quality_drag_ratio is not null
        and {{ days_between('drag.week_start_date', 'last_day.last_date') }} >= 7
    union all
    select
        'release_confidence_score' as metric,
        'team' as grain,
        releases.team as entity,
        releases.team,
        cast(count(*) as double) as observation_count,
        {{ exact_sum('releases.release_confidence_score') }} / count(*) as metric_value,
        count(*) >= max(limits.minimum_releases) as is_sufficient,
        releases.week_start_date
    from releases
    cross join limits
    cross join last_day
    where {{ days_between('releases.week_start_date', 'last_day.last_date') }} >= 7
    group by releases.team, releases.week_start_date
),

keyed as (
    select
        {{ surrogate_key(['metric', 'grain', 'entity', 'week_start_date']) }}
            as weekly_series_key,
        {{ surrogate_key(['metric', 'grain', 'entity']) }} as series_key,
        *
    from united
),

bases as (
    select
        now.weekly_series_key,
        {{ percentile('earlier.metric_value', 0.5) }} as base_value
    from keyed as now
    cross join limits
    inner join keyed as earlier
        on now.series_key = earlier.series_key
    where
        earlier.is_sufficient
        and {{ days_between('earlier.week_start_date', 'now.week_start_date') }}
        between 7 and 7 * limits.base_weeks
    group by now.weekly_series_key
    having count(*) >= max(limits.minimum_base_weeks)
),

judged as (
    select
        keyed.*,
        metrics.value_kind,
        metrics.better,
        metrics.score_best,
        metrics.score_worst,
        bases.base_value,
        case
            when metrics.value_kind <> 'quantity' then keyed.metric_value
            when keyed.metric_value = bases.base_value then 1
            else keyed.metric_value / nullif(bases.base_value, 0)
        end as judged_value
    from keyed
    inner join metrics
        on keyed.metric = metrics.metric
    left join bases
        on keyed.weekly_series_key = bases.weekly_series_key
),

final as (
    select
        weekly_series_key,
        series_key,
        metric,
        grain,
        entity,
        team,
        value_kind,
        better,
        observation_count,
        metric_value,
        base_value,
        case
            when is_sufficient
                then round(100 * {{ level('judged_value', 'score_best', 'score_worst') }}, 9)
        end as score,
        is_sufficient,
        week_start_date
    from judged
)

select * from final
