with results as (
    select
        *,
        {{ week_start('run_created_date') }} as week_start_date
    from {{ ref('fct_test_suite_results') }}
    where duration_seconds is not null and run_created_date is not null
),

calendar as (
    select
        week_start_date,
        is_complete_week
    from {{ ref('dim_dates') }}
    group by week_start_date, is_complete_week
),

limits as (
    select max(parameter_value) as minimum_quantities
    from {{ ref('rule_parameters') }}
    where rule_name = 'weekly_series' and parameter = 'minimum_quantities'
),

weeks as (
    select
        test_suite_key,
        week_start_date,
        max(repository_key) as repository_key,
        max(repository) as repository,
        max(suite_path) as suite_path,
        max(suite_name) as suite_name,
        count(*) as timed_suite_count,
        count(distinct workflow_run_attempt_key) as run_attempt_count,
        {{ exact_sum('duration_seconds') }} as duration_seconds,
        {{ exact_sum('declared_time_seconds') }} as wall_seconds,
        count(declared_time_seconds) as walled_suite_count,
        {{ percentile('duration_seconds', 0.5) }} as duration_median_seconds,
        {{ percentile('duration_seconds', 0.95) }} as duration_p95_seconds
    from results
    group by test_suite_key, week_start_date
),

-- Calendar weeks, whether something ran in each of them or not.
bases as (
    select
        weeks.test_suite_key,
        weeks.week_start_date,
        count(*) as base_suite_count,
        {{ percentile('earlier.duration_seconds', 0.5) }} as base_median_seconds
    from weeks
    inner join results as earlier
        on
            weeks.test_suite_key = earlier.test_suite_key
            and weeks.week_start_date > earlier.week_start_date
            and weeks.week_start_date <= {{ days_after('earlier.week_start_date', 28) }}
    group by weeks.test_suite_key, weeks.week_start_date
),

final as (
    select
        weeks.test_suite_key,
        weeks.repository_key,
        weeks.repository,
        weeks.suite_path,
        weeks.suite_name,
        weeks.timed_suite_count,
        weeks.run_attempt_count,
        weeks.walled_suite_count,
        coalesce(bases.base_suite_count, 0) as base_suite_count,
        weeks.duration_seconds,
        weeks.wall_seconds,
        weeks.duration_median_seconds,
        weeks.duration_p95_seconds,
        bases.base_median_seconds,
        case
            when
                weeks.timed_suite_count >= limits.minimum_quantities
                and bases.base_suite_count >= limits.minimum_quantities
                then {{ nine_digits(
                    'weeks.duration_median_seconds / nullif(bases.base_median_seconds, 0)'
                ) }}
        end as trend_ratio,
        row_number() over (
            partition by weeks.repository, weeks.week_start_date
            order by weeks.duration_seconds desc, weeks.test_suite_key asc
        ) as slowness_rank,
        coalesce(calendar.is_complete_week, false) as is_complete_week,
        weeks.week_start_date
    from weeks
    cross join limits
    left join calendar
        on weeks.week_start_date = calendar.week_start_date
    left join bases
        on
            weeks.test_suite_key = bases.test_suite_key
            and weeks.week_start_date = bases.week_start_date
)

select * from final
