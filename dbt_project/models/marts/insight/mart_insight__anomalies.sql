with series as (
    select * from {{ ref('mart_insight__weekly_series') }}
    where is_sufficient
),

parameters as (
    select
        {% for name in ['quantity_limit', 'minimum_spread', 'minimum_seconds', 'minimum_events',
            'rate_limit', 'shift_weeks'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'false_discovery_rate' then parameter_value end)
            as false_discovery_rate
    from {{ ref('rule_parameters') }}
    where rule_name = 'weekly_anomaly'
),

bases as (
    select * from {{ ref('mart_insight__weekly_bases') }}
),

-- So many weeks without a gap, all on one side of what the weeks before them had.
shifts as (
    select
        latest.weekly_series_key,
        max(case
            when
                {{ days_between('weeks.week_start_date', 'latest.week_start_date') }}
                = 7 * (parameters.shift_weeks - 1)
                then bases.base_ratio
        end) as base_value,
        min(weeks.week_start_date) as start_date,
        min(weeks.metric_value) as least_value,
        max(weeks.metric_value) as most_value,
        sum(weeks.numerator) / sum(weeks.observation_count) as metric_value,
        sum(weeks.observation_count) as observation_count
    from series as latest
    cross join parameters
    inner join series as weeks
        on
            latest.series_key = weeks.series_key
            and {{ days_between('weeks.week_start_date', 'latest.week_start_date') }}
            between 0 and 7 * (parameters.shift_weeks - 1)
    left join bases
        on weeks.weekly_series_key = bases.weekly_series_key
    where latest.value_kind = 'rate'
    group by latest.weekly_series_key
    having count(*) = max(parameters.shift_weeks)
),

-- One event more or less, in this week or in the base, is no news, however still the base was.
scored as (
    select
        series.*,
        bases.base_week_count,
        case when series.value_kind = 'rate' then bases.base_ratio else bases.base_median end
            as base_value,
        case
            when series.value_kind = 'rate'
                then
                    sqrt(bases.base_ratio * (1 - bases.base_ratio) / series.observation_count)
                    * bases.dispersion
            else 1.4826e0 * bases.base_deviation
        end as measured_sigma,
        case
            when series.value_kind = 'rate'
                then
                    parameters.minimum_events / series.observation_count
                    + parameters.minimum_events / bases.base_observation_count
            else
                greatest(
                    parameters.minimum_spread * abs(bases.base_median),
                    parameters.minimum_events * coalesce(series.event_seconds, 0),
                    parameters.minimum_seconds
                )
        end as least_sigma,
        series.value_kind <> 'rate' or bases.dispersion > 1 as has_own_spread,
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

measured as (
    select
        *,
        greatest(measured_sigma, least_sigma) as base_sigma,
        (metric_value - base_value) / nullif(greatest(measured_sigma, least_sigma), 0)
            as sigma_distance,
        -- As sure as the variance of half as many values, which may be too small by chance.
        case when has_own_spread and measured_sigma >= least_sigma then base_week_count - 1 end
        / 2.0e0 as freedom
    from scored
),

judged as (
    select
        *,
        {{ two_sided_p(normal_of_t('sigma_distance', 'freedom')) }} as chance
    from measured
),

more_than_chance as (
    {{ discoveries('judged', 'weekly_series_key', 'false_discovery_rate', 'week_start_date') }}
),

final as (
    select
        judged.weekly_series_key,
        judged.series_key,
        judged.metric,
        judged.grain,
        judged.entity,
        judged.team,
        judged.value_kind,
        judged.observation_count,
        judged.metric_value,
        judged.base_value,
        judged.base_sigma,
        judged.base_week_count,
        judged.sigma_distance,
        judged.chance,
        abs(judged.sigma_distance) > judged.sigma_limit
        and more_than_chance.weekly_series_key is not null as is_anomaly,
        (judged.sigma_distance > 0) = (judged.better = 'lower') as is_worse,
        shifts.base_value as shift_base_value,
        shifts.metric_value as shift_value,
        shifts.observation_count as shift_observation_count,
        coalesce(
            shifts.least_value > shifts.base_value or shifts.most_value < shifts.base_value, false
        ) as is_shift,
        (shifts.metric_value > shifts.base_value) = (judged.better = 'lower')
            as is_shift_worse,
        shifts.start_date as shift_start_date,
        judged.week_start_date
    from judged
    left join more_than_chance
        on judged.weekly_series_key = more_than_chance.weekly_series_key
    left join shifts
        on judged.weekly_series_key = shifts.weekly_series_key
    where judged.chance is not null
)

select * from final
