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

-- A team's tests are those that it owns, in whatever repository; the rest is its repositories'.
parts as (
    select
        metric,
        team,
        entity as repository,
        observation_count,
        metric_value,
        week_start_date
    from series
    where grain = 'repository' and metric <> 'test_failure_ratio'
    union all
    select
        'test_failure_ratio' as metric,
        team,
        repository,
        cast(sum(passed_count + failed_count + errored_count) as double) as observation_count,
        cast(sum(failed_count + errored_count) as double)
        / sum(passed_count + failed_count + errored_count) as metric_value,
        {{ week_start('run_created_date') }} as week_start_date
    from {{ ref('mart_test__results_daily') }}
    where passed_count + failed_count + errored_count > 0
    group by team, repository, {{ week_start('run_created_date') }}
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
    inner join parts
        on
            ends.metric = parts.metric
            and ends.team = parts.team
            and ends.week_start_date = parts.week_start_date
    inner join parts as first_parts
        on
            parts.metric = first_parts.metric
            and parts.team = first_parts.team
            and parts.repository = first_parts.repository
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
