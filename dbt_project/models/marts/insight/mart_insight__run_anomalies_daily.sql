-- Twice the root of a count varies by 1 by chance, whatever its mean (Anscombe 1948).
with days as (
    select
        *,
        2 * sqrt(run_count + 0.375e0) as stable_count
    from {{ ref('mart_insight__run_counts_daily') }}
),

parameters as (
    select
        {% for name in ['base_weeks', 'minimum_base_weeks', 'sigma_limit', 'minimum_spread'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'false_discovery_rate' then parameter_value end)
            as false_discovery_rate
    from {{ ref('rule_parameters') }}
    where rule_name = 'daily_anomaly'
),

-- The same weekday of the weeks before, so that no weekend is compared with a working day.
base as (
    select
        days.run_count_key,
        earlier.run_count,
        earlier.stable_count
    from days
    cross join parameters
    inner join days as earlier
        on
            days.grain = earlier.grain
            and days.entity = earlier.entity
            and days.calendar_date > earlier.calendar_date
            and {{ days_between('earlier.calendar_date', 'days.calendar_date') }}
            <= 7 * parameters.base_weeks
            and {{ days_between('earlier.calendar_date', 'days.calendar_date') }} % 7 = 0
),

medians as (
    select
        run_count_key,
        {{ percentile('run_count', 0.5) }} as base_run_count,
        {{ percentile('stable_count', 0.5) }} as base_stable_count,
        count(*) as base_day_count
    from base
    group by run_count_key
),

spreads as (
    select
        base.run_count_key,
        max(medians.base_day_count) as base_day_count,
        max(medians.base_run_count) as base_run_count,
        max(medians.base_stable_count) as base_stable_count,
        {{ percentile('abs(base.stable_count - medians.base_stable_count)', 0.5) }}
            as base_deviation
    from base
    inner join medians
        on base.run_count_key = medians.run_count_key
    group by base.run_count_key
),

-- At least what chance makes of counts, however still the base was.
scored as (
    select
        days.*,
        spreads.base_day_count,
        spreads.base_run_count,
        (days.stable_count - spreads.base_stable_count)
        / greatest(1.4826e0 * spreads.base_deviation, parameters.minimum_spread)
            as sigma_distance,
        parameters.sigma_limit,
        parameters.false_discovery_rate
    from days
    inner join spreads
        on days.run_count_key = spreads.run_count_key
    cross join parameters
    where spreads.base_day_count >= parameters.minimum_base_weeks
),

judged as (
    select
        *,
        {{ two_sided_p('sigma_distance') }} as chance
    from scored
),

more_than_chance as (
    {{ discoveries('judged', 'run_count_key', 'false_discovery_rate', family='calendar_date') }}
),

final as (
    select
        judged.run_count_key,
        judged.grain,
        judged.entity,
        judged.team,
        judged.run_count,
        judged.base_run_count,
        judged.base_day_count,
        judged.sigma_distance,
        judged.chance,
        abs(judged.sigma_distance) > judged.sigma_limit
        and more_than_chance.run_count_key is not null as is_anomaly,
        judged.calendar_date
    from judged
    left join more_than_chance
        on judged.run_count_key = more_than_chance.run_count_key
)

select * from final
