with series as (
    select * from {{ ref('mart_insight__weekly_series') }}
    where is_sufficient
),

parameters as (
    select
        max(case when parameter = 'base_weeks' then parameter_value end) as base_weeks,
        max(case when parameter = 'minimum_base_weeks' then parameter_value end)
            as minimum_base_weeks
    from {{ ref('rule_parameters') }}
    where rule_name = 'weekly_anomaly'
),

base as (
    select
        series.weekly_series_key,
        earlier.week_start_date,
        earlier.metric_value,
        earlier.observation_count,
        case
            when series.value_kind = 'rate'
                then
                    sum(earlier.numerator) over (partition by series.weekly_series_key)
                    / sum(earlier.observation_count) over (partition by series.weekly_series_key)
        end as base_ratio,
        sum(earlier.observation_count) over (partition by series.weekly_series_key)
            as base_observation_count,
        count(*) over (partition by series.weekly_series_key) as base_week_count,
        parameters.minimum_base_weeks
    from series
    cross join parameters
    inner join series as earlier
        on
            series.series_key = earlier.series_key
            and series.week_start_date > earlier.week_start_date
            and {{ days_between('earlier.week_start_date', 'series.week_start_date') }}
            <= 7 * parameters.base_weeks
),

centres as (
    select
        weekly_series_key,
        max(base_ratio) as base_ratio,
        max(base_observation_count) as base_observation_count,
        max(base_week_count) as base_week_count,
        {{ percentile('metric_value', 0.5) }} as base_median
    from base
    where base_week_count >= minimum_base_weeks
    group by weekly_series_key
),

-- Laney's p': binomial sigmas of the base weeks, then how much more they move than that.
moved as (
    select
        base.weekly_series_key,
        abs(base.metric_value - centres.base_median) as distance,
        (base.metric_value - base.base_ratio)
        / nullif(sqrt(base.base_ratio * (1 - base.base_ratio) / base.observation_count), 0)
        - lag(
            (base.metric_value - base.base_ratio)
            / nullif(sqrt(base.base_ratio * (1 - base.base_ratio) / base.observation_count), 0)
        ) over (partition by base.weekly_series_key order by base.week_start_date) as movement
    from base
    inner join centres
        on base.weekly_series_key = centres.weekly_series_key
),

spreads as (
    select
        weekly_series_key,
        {{ percentile('distance', 0.5) }} as base_deviation,
        -- 1.128 is the mean range of two normal values; less than binomial is not believed.
        greatest(coalesce(avg(abs(movement)) / 1.128e0, 1), 1) as dispersion
    from moved
    group by weekly_series_key
),

final as (
    select
        centres.weekly_series_key,
        centres.base_week_count,
        centres.base_observation_count,
        centres.base_ratio,
        centres.base_median,
        spreads.base_deviation,
        spreads.dispersion
    from centres
    inner join spreads
        on centres.weekly_series_key = spreads.weekly_series_key
)

select * from final
