{{ config(materialized='ephemeral') }}
{%- set so_far = 'partition by series_key, spell order by week_start_date' %}

with weeks as (
    select * from {{ ref('mart_insight__weekly_series') }}
    where metric = 'changed_code_coverage_ratio' and is_sufficient
),

parameters as (
    select
        max(case when parameter = 'limit_ratio' then parameter_value end) as limit_ratio,
        max(case when parameter = 'minimum_weeks' then parameter_value end) as minimum_weeks
    from {{ ref('rule_parameters') }}
    where rule_name = 'low_coverage'
),

compared as (
    select
        weeks.*,
        parameters.limit_ratio,
        parameters.minimum_weeks,
        weeks.metric_value < parameters.limit_ratio as is_low,
        lag(weeks.week_start_date) over (
            partition by weeks.series_key order by weeks.week_start_date
        ) as week_before
    from weeks
    cross join parameters
),

-- A week that is not low, and a gap, end a spell.
numbered as (
    select
        *,
        sum(
            case
                when not is_low then 1
                when {{ days_between('week_before', 'week_start_date') }} > 7 then 1
                else 0
            end
        ) over (partition by series_key order by week_start_date) as spell
    from compared
),

counted as (
    select
        *,
        count(*) over ({{ so_far }}) as week_count,
        min(week_start_date) over ({{ so_far }}) as first_week_start_date,
        sum(numerator) over ({{ so_far }}) as spell_numerator,
        sum(observation_count) over ({{ so_far }}) as spell_observation_count
    from numbered
    where is_low
),

final as (
    select
        weekly_series_key,
        series_key,
        metric,
        grain,
        entity,
        team,
        week_count,
        spell_observation_count,
        metric_value,
        spell_numerator / spell_observation_count as spell_ratio,
        {{ wilson_limit('spell_numerator', 'spell_observation_count', '+') }} as spell_ratio_high,
        limit_ratio,
        week_count >= minimum_weeks
        and {{ wilson_limit('spell_numerator', 'spell_observation_count', '+') }} < limit_ratio
            as is_told,
        first_week_start_date,
        week_start_date
    from counted
)

select * from final
