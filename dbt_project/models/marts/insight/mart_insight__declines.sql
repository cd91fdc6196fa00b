with rates as (
    select
        *,
        case when better = 'lower' then -metric_value else metric_value end as goodness
    from {{ ref('mart_insight__weekly_series') }}
    where value_kind = 'rate' and is_sufficient
),

parameters as (
    select
        max(case when parameter = 'minimum_weeks' then parameter_value end) as minimum_weeks,
        max(case when parameter = 'minimum_points' then parameter_value end) as minimum_points,
        max(case when parameter = 'minimum_z' then parameter_value end) as minimum_z,
        max(case when parameter = 'minimum_cell' then parameter_value end) as minimum_cell,
        max(case when parameter = 'maximum_mix_share' then parameter_value end)
            as maximum_mix_share
    from {{ ref('rule_parameters') }}
    where rule_name = 'weekly_decline'
),

compared as (
    select
        *,
        lag(goodness) over (partition by series_key order by week_start_date) as goodness_before,
        lag(week_start_date) over (partition by series_key order by week_start_date) as week_before
    from rates
),

-- A spell begins with a week that is not worse than the one right before it.
numbered as (
    select
        *,
        sum(
            case
                when {{ days_between('week_before', 'week_start_date') }} > 7 then 1
                when goodness < goodness_before then 0
                else 1
            end
        ) over (partition by series_key order by week_start_date) as spell
    from compared
),

placed as (
    select
        weekly_series_key,
        series_key,
        spell,
        row_number() over (partition by series_key, spell order by week_start_date) as week_count,
        min(week_start_date) over (partition by series_key, spell) as first_week_start_date
    from numbered
),

ends as (
    select
        rates.*,
        placed.week_count,
        firsts.week_start_date as first_week_start_date,
        firsts.numerator as first_numerator,
        firsts.observation_count as first_observation_count,
        firsts.metric_value as first_metric_value,
        (rates.numerator + firsts.numerator)
        / (rates.observation_count + firsts.observation_count) as pooled_ratio
    from rates
    inner join placed
        on rates.weekly_series_key = placed.weekly_series_key
    inner join rates as firsts
        on
            placed.series_key = firsts.series_key
            and placed.first_week_start_date = firsts.week_start_date
    where placed.week_count > 1
),

-- What its repositories did at their old shares; the rest is another mix of repositories.
within as (
    select
        ends.weekly_series_key,
        sum(
            (parts.metric_value - first_parts.metric_value)
            * (
                parts.observation_count / ends.observation_count
                + first_parts.observation_count / ends.first_observation_count
            ) / 2
        ) as within_change
    from ends
    inner join rates as parts
        on
            parts.grain = 'repository'
            and ends.metric = parts.metric
            and ends.team = parts.team
            and ends.week_start_date = parts.week_start_date
    inner join rates as first_parts
        on
            parts.series_key = first_parts.series_key
            and ends.first_week_start_date = first_parts.week_start_date
    where ends.grain = 'team'
    group by ends.weekly_series_key
),

tested as (
    select
        ends.*,
        ends.metric_value - ends.first_metric_value as total_change,
        case when ends.grain = 'team' then coalesce(within.within_change, 0) end as within_change,
        (ends.metric_value - ends.first_metric_value) / nullif(sqrt(
            ends.pooled_ratio * (1 - ends.pooled_ratio)
            * (1 / ends.observation_count + 1 / ends.first_observation_count)
        ), 0) as change_z,
        least(ends.observation_count, ends.first_observation_count)
        * least(ends.pooled_ratio, 1 - ends.pooled_ratio) as smallest_expected
    from ends
    left join within
        on ends.weekly_series_key = within.weekly_series_key
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
        case
            when tested.week_count < parameters.minimum_weeks then 'too_few_weeks'
            when abs(tested.total_change) < parameters.minimum_points then 'too_little'
            when tested.smallest_expected < parameters.minimum_cell then 'too_few_results'
            when coalesce(abs(tested.change_z) <= parameters.minimum_z, true) then 'may_be_chance'
            when
                abs(tested.total_change - tested.within_change)
                > parameters.maximum_mix_share * abs(tested.total_change)
                then 'mostly_another_mix'
            else 'declined'
        end as decline_state,
        tested.first_week_start_date,
        tested.week_start_date
    from tested
    cross join parameters
)

select * from final
