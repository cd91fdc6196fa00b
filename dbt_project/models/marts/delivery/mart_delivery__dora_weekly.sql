with metrics as (
    select * from {{ ref('mart_delivery__dora_metrics') }}
    where window_name = 'week'
),

calendar as (
    select
        week_start_date,
        is_complete_week
    from {{ ref('dim_dates') }}
    group by week_start_date, is_complete_week
),

final as (
    select
        {{ surrogate_key([
            'metrics.grain', 'metrics.entity', 'metrics.window_start_date', 'metrics.metric'
        ]) }} as dora_week_key,
        metrics.grain,
        metrics.entity,
        metrics.metric,
        metrics.unit,
        metrics.metric_value,
        metrics.numerator,
        metrics.denominator,
        metrics.observation_count,
        lag(metrics.metric_value) over (
            partition by metrics.grain, metrics.entity, metrics.metric
            order by metrics.window_start_date
        ) as previous_metric_value,
        metrics.is_sufficient,
        calendar.is_complete_week,
        metrics.window_start_date as week_start_date
    from metrics
    inner join calendar
        on metrics.window_start_date = calendar.week_start_date
)

select * from final
