with weeks as (
    select * from {{ ref('mart_insight__weeks') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

days as (
    select
        min(calendar_date) as first_date,
        max(calendar_date) as last_date
    from {{ ref('dim_dates') }}
),

parameters as (
    select
        max(case when parameter = 'minimum_quantities' then parameter_value end)
            as minimum_quantities,
        max(case when parameter = 'minimum_trials' then parameter_value end) as minimum_trials
    from {{ ref('rule_parameters') }}
    where rule_name = 'weekly_series'
),

-- A rate is judged by its trials, a quantity by the spread of its weeks.
metrics as (
    select * from {{ ref('weekly_metrics') }}
),

long as (
    select
        metrics.metric,
        metrics.value_kind,
        metrics.better,
        weeks.grain,
        weeks.entity,
        weeks.week_start_date,
        cast(
            case metrics.metric
                when 'pipeline_failure_ratio' then weeks.bad_count
                when 'test_failure_ratio' then weeks.failed_test_count
                when 'changed_code_coverage_ratio' then weeks.covered_changed_line_count
                when 'queue_time_mean_seconds' then weeks.queue_seconds
            end as double
        ) as numerator,
        cast(
            case metrics.metric
                when 'pipeline_failure_ratio' then weeks.decided_count
                when 'test_failure_ratio' then weeks.decided_test_count
                when 'changed_code_coverage_ratio' then weeks.coverable_changed_line_count
                when 'pipeline_duration_median_seconds' then weeks.timed_count
                when 'queue_time_mean_seconds' then weeks.queued_job_count
                when 'rerun_burden_seconds' then weeks.attempt_count
            end as double
        ) as observation_count,
        case metrics.metric
            when 'pipeline_duration_median_seconds' then weeks.pipeline_duration_median_seconds
            when 'rerun_burden_seconds' then weeks.rerun_burden_seconds
        end as stated_value,
        -- The burden of a week grows by whole runs.
        case
            when metrics.metric = 'rerun_burden_seconds' then weeks.pipeline_duration_median_seconds
        end as event_seconds
    from weeks
    cross join metrics
),

final as (
    select
        {{ surrogate_key(['long.metric', 'long.grain', 'long.entity', 'long.week_start_date']) }}
            as weekly_series_key,
        {{ surrogate_key(['long.metric', 'long.grain', 'long.entity']) }} as series_key,
        long.metric,
        long.grain,
        long.entity,
        case when long.grain = 'team' then long.entity else repositories.team end as team,
        long.value_kind,
        long.better,
        long.numerator,
        long.observation_count,
        coalesce(long.stated_value, long.numerator / nullif(long.observation_count, 0))
            as metric_value,
        long.event_seconds,
        coalesce(
            long.observation_count >= case
                when long.value_kind = 'rate' then parameters.minimum_trials
                else parameters.minimum_quantities
            end, false
        ) as is_sufficient,
        long.week_start_date
    from long
    cross join parameters
    cross join days
    left join repositories
        on
            long.grain = 'repository'
            and long.entity = repositories.repository
    where
        coalesce(long.stated_value, long.numerator / nullif(long.observation_count, 0)) is not null
        -- A week that is not over, or began before the data, has another mix of days.
        and long.week_start_date >= days.first_date
        and {{ days_between('long.week_start_date', 'days.last_date') }} >= 7
)

select * from final
