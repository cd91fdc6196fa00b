with bands as (
    select * from {{ ref('mart_delivery__dora_bands') }}
),

newest as (
    select
        metric,
        max(band_year) as band_year
    from bands
    group by metric
),

all_metrics as (
    select * from {{ ref('mart_delivery__dora_metrics') }}
),

metrics as (
    select * from all_metrics
    where window_name in ('last_30_days', 'last_90_days', 'all')
),

previous as (
    select
        *,
        replace(window_name, 'previous_', 'last_') as compared_window_name
    from all_metrics
    where window_name in ('previous_30_days', 'previous_90_days')
),

final as (
    select
        {{ surrogate_key([
            'metrics.grain', 'metrics.entity', 'metrics.window_name', 'metrics.metric'
        ]) }} as dora_key,
        metrics.grain,
        metrics.entity,
        metrics.window_name,
        metrics.metric,
        metrics.unit,
        metrics.metric_value,
        metrics.numerator,
        metrics.denominator,
        metrics.observation_count,
        previous.metric_value as previous_metric_value,
        previous.observation_count as previous_observation_count,
        bands.band,
        bands.band_year,
        bands.wording as band_wording,
        targets.band = 'target' as is_target_met,
        metrics.is_sufficient
    from metrics
    left join previous
        on
            metrics.grain = previous.grain
            and metrics.entity = previous.entity
            and metrics.window_name = previous.compared_window_name
            and metrics.metric = previous.metric
    left join newest
        on metrics.metric = newest.metric
    left join bands
        on
            metrics.grain = bands.grain
            and metrics.entity = bands.entity
            and metrics.window_name = bands.window_name
            and metrics.metric = bands.metric
            and newest.band_year = bands.band_year
    left join bands as targets
        on
            metrics.grain = targets.grain
            and metrics.entity = targets.entity
            and metrics.window_name = targets.window_name
            and metrics.metric = targets.metric
            and targets.band_set = 'testops_target'
)

select * from final
