with spells as (
    select
        *,
        metric_value - first_metric_value as total_change,
        least(observation_count, first_observation_count)
        * least(pooled_ratio, 1 - pooled_ratio) as smallest_expected,
        (metric_value - first_metric_value) / nullif(sqrt(
            pooled_ratio * (1 - pooled_ratio)
            * (1 / observation_count + 1 / first_observation_count)
        ), 0) as change_z
    from {{ ref('mart_insight__spells') }}
),

bases as (
    select * from {{ ref('mart_insight__weekly_bases') }}
),

parameters as (
    select
        max(case when parameter = 'minimum_weeks' then parameter_value end) as minimum_weeks,
        max(case when parameter = 'minimum_points' then parameter_value end) as minimum_points,
        max(case when parameter = 'minimum_z' then parameter_value end) as minimum_z,
        max(case when parameter = 'minimum_cell' then parameter_value end) as minimum_cell,
        max(case when parameter = 'maximum_mix_share' then parameter_value end)
            as maximum_mix_share,
        max(case when parameter = 'false_discovery_rate' then parameter_value end)
            as false_discovery_rate
    from {{ ref('rule_parameters') }}
    where rule_name = 'weekly_decline'
),

-- Where an expected cell is too small for the normal curve, tables are counted.
small as (
    select
        spells.weekly_series_key,
        round(spells.first_numerator) as first_hits,
        spells.first_observation_count as first_trials,
        round(spells.numerator) as last_hits,
        spells.observation_count as last_trials
    from spells
    cross join parameters
    where
        spells.week_count >= parameters.minimum_weeks
        and spells.smallest_expected < parameters.minimum_cell
),

exact as (
    {{ fisher_exact('small', 'weekly_series_key') }}
),

tested as (
    select
        spells.*,
        bases.dispersion,
        -- Lines of one change and tests of one run stand and fall together: what a rate moves by
        -- anyway is no decline.
        greatest(
            coalesce(exact.chance, 0),
            {{ two_sided_p('spells.change_z / coalesce(bases.dispersion, 1)') }}
        ) as chance,
        case when exact.chance is null then 'two_proportions' else 'fisher' end as test_used,
        parameters.minimum_weeks,
        parameters.minimum_points,
        parameters.maximum_mix_share,
        parameters.false_discovery_rate,
        {{ two_sided_p('parameters.minimum_z') }} as chance_limit
    from spells
    cross join parameters
    left join bases
        on spells.weekly_series_key = bases.weekly_series_key
    left join exact
        on spells.weekly_series_key = exact.weekly_series_key
),

long as (
    select * from tested
    where week_count >= minimum_weeks and dispersion is not null
),

-- Every rate of the week was looked at, not only those that fell.
discovered as (
    {{ discoveries(
        'long', 'weekly_series_key', 'false_discovery_rate', 'week_start_date', 'series_count'
    ) }}
),

final as (
    select
        tested.weekly_series_key,
        tested.series_key,
        tested.metric,
        tested.grain,
        tested.entity,
        tested.team,
        tested.week_count,
        tested.observation_count,
        tested.first_observation_count,
        tested.metric_value,
        tested.first_metric_value,
        tested.total_change,
        tested.within_change,
        tested.total_change - tested.within_change as mix_change,
        tested.change_z,
        tested.chance,
        tested.test_used,
        case
            when tested.week_count < tested.minimum_weeks then 'too_few_weeks'
            when tested.dispersion is null then 'no_base'
            when abs(tested.total_change) < tested.minimum_points then 'too_little'
            when coalesce(tested.chance >= tested.chance_limit, true) then 'may_be_chance'
            when discovered.weekly_series_key is null then 'may_be_chance'
            when
                abs(tested.total_change - tested.within_change)
                > tested.maximum_mix_share * abs(tested.total_change)
                then 'mostly_another_mix'
            else 'declined'
        end as decline_state,
        tested.first_week_start_date,
        tested.week_start_date
    from tested
    left join discovered
        on tested.weekly_series_key = discovered.weekly_series_key
)

select * from final
