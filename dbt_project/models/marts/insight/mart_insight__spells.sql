{{ config(materialized='ephemeral') }}

with series as (
    select * from {{ ref('mart_insight__weekly_series') }}
    where value_kind = 'rate'
),

rates as (
    select
        *,
        case when better = 'lower' then -metric_value else metric_value end as goodness,
        count(*) over (partition by week_start_date) as series_count
    from series
    where is_sufficient
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

-- What its repositories did at their mean shares, small ones too; the rest is another mix.
within as (
    select
        ends.weekly_series_key,
        {{ nine_digits(
            'sum((parts.metric_value - first_parts.metric_value)'
            ~ ' * (parts.observation_count / ends.observation_count'
            ~ ' + first_parts.observation_count / ends.first_observation_count) / 2)'
        ) }} as within_change
    from ends
    inner join series as parts
        on
            parts.grain = 'repository'
            and ends.metric = parts.metric
            and ends.team = parts.team
            and ends.week_start_date = parts.week_start_date
    inner join series as first_parts
        on
            parts.series_key = first_parts.series_key
            and ends.first_week_start_date = first_parts.week_start_date
    where ends.grain = 'team'
    group by ends.weekly_series_key
),

final as (
    select
        ends.weekly_series_key,
        ends.series_key,
        ends.metric,
        ends.grain,
        ends.entity,
        ends.team,
        ends.week_count,
        ends.series_count,
        ends.numerator,
        ends.first_numerator,
        ends.observation_count,
        ends.first_observation_count,
        ends.metric_value,
        ends.first_metric_value,
        ends.pooled_ratio,
        case when ends.grain = 'team' then coalesce(within.within_change, 0) end as within_change,
        ends.first_week_start_date,
        ends.week_start_date
    from ends
    left join within
        on ends.weekly_series_key = within.weekly_series_key
)

select * from final
