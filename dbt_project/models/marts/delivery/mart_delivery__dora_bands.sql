with metrics as (
    select * from {{ ref('mart_delivery__dora_metrics') }}
    where
        metric_value is not null
        and window_name in ('last_30_days', 'last_90_days', 'all')
        and not (grain = 'environment' and entity <> 'production')
),

bands as (
    select * from {{ ref('dora_bands') }}
),

compared as (
    select
        metrics.grain,
        metrics.entity,
        metrics.window_name,
        metrics.metric,
        metrics.metric_value,
        bands.band_set,
        bands.band_year,
        bands.wording,
        bands.level,
        bands.level_rank,
        bands.typical_value is not null as is_typical,
        abs(metrics.metric_value - bands.typical_value) as distance,
        bands.typical_value is null
        and (
            bands.lower_value is null
            or metrics.metric_value > bands.lower_value
            or (bands.is_lower_included and metrics.metric_value = bands.lower_value)
        )
        and (
            bands.upper_value is null
            or metrics.metric_value < bands.upper_value
            or (bands.is_upper_included and metrics.metric_value = bands.upper_value)
        ) as is_inside,
        -- For frequencies more is better, for everything else less.
        case
            when bands.metric = 'deployment_frequency'
                then coalesce(metrics.metric_value >= bands.upper_value, false)
            else coalesce(metrics.metric_value <= bands.lower_value, false)
        end as is_better,
        case
            when bands.metric = 'deployment_frequency'
                then coalesce(metrics.metric_value <= bands.lower_value, false)
            else coalesce(metrics.metric_value >= bands.upper_value, false)
        end as is_worse
    from metrics
    inner join bands
        on metrics.metric = bands.metric
),

nearest as (
    select
        *,
        is_typical
        and distance = min(distance) over (
            partition by grain, entity, window_name, metric, band_set
        ) as is_nearest
    from compared
),

-- Levels overlap and leave gaps: a shared value names all its levels, one in a gap its neighbours.
named as (
    select
        grain,
        entity,
        window_name,
        metric,
        band_set,
        band_year,
        wording,
        max(metric_value) as metric_value,
        {{ sorted_text(
            "case when is_inside or is_nearest then cast(level_rank as string) || level end", ' / '
        ) }} as inside_levels,
        max(case when is_worse then level_rank end) as worse_than_rank,
        min(case when is_better then level_rank end) as better_than_rank,
        max_by(level, case when is_worse then level_rank else -1 end) as worse_than_level,
        min_by(level, case when is_better then level_rank else 99 end) as better_than_level,
        max(case when is_nearest then 1 else 0 end) = 1 as is_nearest_typical
    from nearest
    group by grain, entity, window_name, metric, band_set, band_year, wording
),

final as (
    select
        {{ surrogate_key(['grain', 'entity', 'window_name', 'metric', 'band_set']) }}
            as dora_band_key,
        grain,
        entity,
        window_name,
        metric,
        band_set,
        band_year,
        wording,
        metric_value,
        case
            when inside_levels is not null
                then {{ regex_replace('inside_levels', '[0-9]', '') }}
            when worse_than_rank is not null and better_than_rank is not null
                then 'between ' || worse_than_level || ' and ' || better_than_level
            when worse_than_rank is not null then 'below ' || worse_than_level
            when better_than_rank is not null then 'above ' || better_than_level
        end as band,
        is_nearest_typical
    from named
)

select * from final
