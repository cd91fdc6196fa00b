{%- set of_series = 'partition by series.series_key order by series.week_start_date' -%}
{%- set eight_weeks = of_series ~ ' rows between 7 preceding and current row' -%}
with series as (
    select * from {{ ref('mart_insight__weekly_series') }}
    where is_sufficient
),

parameters as (
    select
        max(case when parameter = 'quantity_limit' then parameter_value end) as quantity_limit,
        max(case when parameter = 'minimum_spread' then parameter_value end) as minimum_spread,
        max(case when parameter = 'rate_limit' then parameter_value end) as rate_limit,
        max(case when parameter = 'false_discovery_rate' then parameter_value end)
            as false_discovery_rate
    from {{ ref('rule_parameters') }}
    where rule_name = 'weekly_anomaly'
),

bases as (
    select * from {{ ref('mart_insight__weekly_bases') }}
),

-- Eight weeks without a gap, all on one side of what the weeks before them had.
eights as (
    select
        weekly_series_key,
        shift_base_value,
        shift_value,
        shift_observation_count,
        shift_start_date,
        coalesce(least_value > shift_base_value or most_value < shift_base_value, false)
            as is_shift
    from (
        select
            series.weekly_series_key,
            series.week_start_date,
            lag(bases.base_ratio, 7) over ({{ of_series }}) as shift_base_value,
            lag(series.week_start_date, 7) over ({{ of_series }}) as shift_start_date,
            min(series.metric_value) over ({{ eight_weeks }}) as least_value,
            max(series.metric_value) over ({{ eight_weeks }}) as most_value,
            sum(series.numerator) over ({{ eight_weeks }})
            / sum(series.observation_count) over ({{ eight_weeks }}) as shift_value,
            sum(series.observation_count) over ({{ eight_weeks }}) as shift_observation_count
        from series
        left join bases
            on series.weekly_series_key = bases.weekly_series_key
        where series.value_kind = 'rate'
    ) as weeks
    where {{ days_between('shift_start_date', 'week_start_date') }} = 49
),

scored as (
    select
        series.*,
        bases.base_week_count,
        case when series.value_kind = 'rate' then bases.base_ratio else bases.base_median end
            as base_value,
        case
            when series.value_kind = 'rate'
                then
                    sqrt(
                        bases.base_ratio * (1 - bases.base_ratio) / series.observation_count
                    ) * bases.dispersion
            else
                greatest(
                    1.4826e0 * bases.base_deviation,
                    parameters.minimum_spread * abs(bases.base_median)
                )
        end as base_sigma,
        case
            when series.value_kind = 'rate' then parameters.rate_limit
            else parameters.quantity_limit
        end as sigma_limit,
        parameters.false_discovery_rate
    from series
    inner join bases
        on series.weekly_series_key = bases.weekly_series_key
    cross join parameters
),

judged as (
    select
        *,
        (metric_value - base_value) / nullif(base_sigma, 0) as sigma_distance,
        {{ two_sided_p('(metric_value - base_value) / nullif(base_sigma, 0)') }} as chance
    from scored
),

ranked as (
    select
        *,
        rank() over (partition by week_start_date order by chance, series_key) as chance_rank,
        count(chance) over (partition by week_start_date) as tried_count
    from judged
    where chance is not null
),

-- Benjamini and Hochberg: the largest rank whose chance is small enough carries those before it.
limits as (
    select
        week_start_date,
        max(chance_rank) as accepted_rank
    from ranked
    where chance <= false_discovery_rate * chance_rank / tried_count
    group by week_start_date
),

final as (
    select
        ranked.weekly_series_key,
        ranked.series_key,
        ranked.metric,
        ranked.grain,
        ranked.entity,
        ranked.team,
        ranked.value_kind,
        ranked.observation_count,
        ranked.metric_value,
        ranked.base_value,
        ranked.base_sigma,
        ranked.base_week_count,
        ranked.sigma_distance,
        ranked.chance,
        abs(ranked.sigma_distance) > ranked.sigma_limit
        and coalesce(ranked.chance_rank <= limits.accepted_rank, false) as is_anomaly,
        (ranked.sigma_distance > 0) = (ranked.better = 'lower') as is_worse,
        eights.shift_base_value,
        eights.shift_value,
        eights.shift_observation_count,
        coalesce(eights.is_shift, false) as is_shift,
        (eights.shift_value > eights.shift_base_value) = (ranked.better = 'lower')
            as is_shift_worse,
        eights.shift_start_date,
        ranked.week_start_date
    from ranked
    left join limits
        on ranked.week_start_date = limits.week_start_date
    left join eights
        on ranked.weekly_series_key = eights.weekly_series_key
)

select * from final
