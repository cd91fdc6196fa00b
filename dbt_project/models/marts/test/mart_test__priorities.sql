with tests as (
    select * from {{ ref('dim_tests') }}
    where
        execution_count > 0
        and test_key not in (select previous_test_key from {{ ref('fct_test_renames') }})
),

results as (
    select * from {{ ref('fct_test_results') }}
    where is_execution and not is_outage
),

failures as (
    select * from {{ ref('fct_test_failures') }}
    where attributed_class = 'flaky'
),

renames as (
    select * from {{ ref('fct_test_renames') }}
),

limits as (
    select
        {% for name in ['recent_weight', 'prior_runs', 'duration_offset', 'active_days'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'smoothing' then parameter_value end) as smoothing
    from {{ ref('rule_parameters') }}
    where rule_name = 'prioritisation'
),

-- A run of a test: its executions in one attempt. Flaky failures tell nothing of the code.
runs as (
    select
        coalesce(renames.current_test_key, results.test_key) as test_key,
        coalesce(results.workflow_run_attempt_key, results.report_id) as run_key,
        max(case when results.is_failure then 1 else 0 end) as failed_count,
        {{ exact_sum('results.duration_seconds') }} as duration_seconds,
        min(coalesce(results.run_created_at, results.loaded_at)) as run_at
    from results
    left join failures
        on results.test_result_key = failures.test_result_key
    left join renames
        on results.test_key = renames.previous_test_key
    where failures.test_result_key is null
    group by
        coalesce(renames.current_test_key, results.test_key),
        coalesce(results.workflow_run_attempt_key, results.report_id)
),

ordered as (
    select
        *,
        row_number() over (partition by test_key order by run_at desc, run_key desc) as run_rank
    from runs
),

histories as (
    select
        ordered.test_key,
        count(*) as run_count,
        cast(sum(ordered.failed_count) as bigint) as failed_run_count,
        cast(sum(cast(
            ordered.failed_count * limits.smoothing
            * power(1 - limits.smoothing, ordered.run_rank - 1) as decimal(38, 15)
        )) as double) as recent_failure_ratio,
        {{ exact_sum('ordered.duration_seconds') }}
        / nullif(count(ordered.duration_seconds), 0) as expected_duration_seconds
    from ordered
    cross join limits
    group by ordered.test_key
),

repositories as (
    select
        tests.repository_key,
        coalesce(
            cast(sum(histories.failed_run_count) as double) / nullif(sum(histories.run_count), 0), 0
        ) as repository_failure_ratio,
        {{ percentile('histories.expected_duration_seconds', 0.5) }} as median_duration_seconds,
        {{ business_date('max(tests.last_seen_at)') }} as newest_date
    from tests
    left join histories
        on tests.test_key = histories.test_key
    group by tests.repository_key
),

placed as (
    select
        tests.*,
        coalesce(histories.run_count, 0) as run_count,
        coalesce(histories.failed_run_count, 0) as failed_run_count,
        coalesce(histories.recent_failure_ratio, 0) as recent_failure_ratio,
        limits.prior_runs,
        limits.recent_weight,
        repositories.repository_failure_ratio,
        coalesce(histories.expected_duration_seconds, repositories.median_duration_seconds, 0)
            as expected_duration_seconds,
        limits.duration_offset * coalesce(repositories.median_duration_seconds, 0)
            as offset_seconds,
        case when histories.test_key is null then 1 else 0 end as newness,
        {{ days_between(business_date('tests.last_seen_at'), 'repositories.newest_date') }}
        < limits.active_days as is_active
    from tests
    cross join limits
    inner join repositories
        on tests.repository_key = repositories.repository_key
    left join histories
        on tests.test_key = histories.test_key
),

judged as (
    select
        *,
        recent_weight * recent_failure_ratio
        + (1 - recent_weight) * (failed_run_count + prior_runs * repository_failure_ratio)
        / (run_count + prior_runs) as chance,
        -- Where nothing has a duration, every test takes as long as any other.
        coalesce(nullif(expected_duration_seconds + offset_seconds, 0), 1) as cost_seconds
    from placed
),

final as (
    select
        {% for column in [
            'test_key', 'repository_key', 'team_key', 'service_key', 'repository', 'team',
            'service', 'class_name', 'test_name', 'file_path'] -%}
            {{ column }},
        {% endfor -%}
        round(chance, 12) as failure_chance,
        row_number() over (
            partition by repository_key
            order by newness desc, chance desc, expected_duration_seconds asc, test_key asc
        ) as rank_by_risk,
        row_number() over (
            partition by repository_key
            order by
                newness desc, chance / cost_seconds desc, cost_seconds asc, test_key asc
        ) as rank_by_value,
        recent_failure_ratio,
        repository_failure_ratio,
        expected_duration_seconds,
        run_count,
        failed_run_count,
        newness = 1 as is_new,
        is_active
    from judged
)

select * from final
