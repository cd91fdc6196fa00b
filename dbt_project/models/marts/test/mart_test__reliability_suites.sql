with results as (
    select * from {{ ref('fct_test_results') }}
    where is_execution and not is_outage
),

suites as (
    select * from {{ ref('fct_test_suite_results') }}
),

jobs as (
    select * from {{ ref('fct_job_attempts') }}
),

renames as (
    select * from {{ ref('fct_test_renames') }}
),

rates as (
    select * from {{ ref('mart_test__flake_rates') }}
),

retries as (
    select * from {{ ref('fct_test_retries') }}
    where retry_scope = 'report' and is_first_failed
),

limits as (
    select max(parameter_value) as active_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'suite_reliability' and parameter = 'active_days'
),

newest as (
    select
        repository_key,
        environment,
        max(run_created_date) as newest_date
    from results
    group by repository_key, environment
),

-- Found before anything is joined: most results are older.
lately as (
    select results.*
    from results
    inner join newest
        on
            results.repository_key = newest.repository_key
            and results.environment = newest.environment
    cross join limits
    where
        {{ days_between('results.run_created_date', 'newest.newest_date') }} < limits.active_days
),

-- A test gates where it ran lately in a job whose failure fails the run, in the newest suite there.
gates as (
    select
        lately.repository_key,
        lately.environment,
        lately.repository,
        coalesce(renames.current_test_key, lately.test_key) as test_key,
        max_by(
            suites.test_suite_key,
            coalesce(cast(lately.run_created_at as string), '') || lately.test_result_key
        ) as test_suite_key
    from lately
    inner join suites
        on lately.test_suite_result_key = suites.test_suite_result_key
    left join jobs
        on lately.job_attempt_key = jobs.job_attempt_key
    left join renames
        on lately.test_key = renames.previous_test_key
    where not coalesce(jobs.is_allowed_to_fail, false)
    group by
        lately.repository_key, lately.environment, lately.repository,
        coalesce(renames.current_test_key, lately.test_key)
),

tries as (
    select
        repository_key,
        environment,
        max(try_count) - 1 as retry_count
    from retries
    group by repository_key, environment
),

summed as (
    select
        gates.repository_key,
        gates.environment,
        gates.test_suite_key,
        min(gates.repository) as repository,
        count(*) as gating_test_count,
        count(*) filter (where rates.two_state_flake_ratio > 0) as unreliable_test_count,
        coalesce(max(tries.retry_count), 0) as retry_count,
        sum(cast(ln(
            1 - least(rates.two_state_flake_ratio, 0.999999e0)
        ) as decimal(18, 9))) as log_reliability,
        sum(cast(ln(
            1 - power(
                least(rates.two_state_flake_ratio, 0.999999e0), 1 + coalesce(tries.retry_count, 0)
            )
        ) as decimal(18, 9))) as log_retried_reliability
    from gates
    inner join rates
        on gates.test_key = rates.test_key
    left join tries
        on
            gates.repository_key = tries.repository_key
            and gates.environment = tries.environment
    group by gates.repository_key, gates.environment, gates.test_suite_key
),

names as (
    select
        test_suite_key,
        max(suite_path) as suite_path,
        max(suite_name) as suite_name
    from suites
    group by test_suite_key
),

final as (
    select
        summed.repository_key,
        summed.test_suite_key,
        summed.environment,
        summed.repository,
        names.suite_path,
        names.suite_name,
        summed.gating_test_count,
        summed.unreliable_test_count,
        cast(summed.retry_count as bigint) as retry_count,
        cast(summed.log_reliability as double) as log_reliability,
        cast(summed.log_retried_reliability as double) as log_retried_reliability,
        round(exp(cast(summed.log_reliability as double)), 6) as suite_reliability_ratio,
        round(exp(cast(summed.log_retried_reliability as double)), 6)
            as retried_suite_reliability_ratio
    from summed
    left join names
        on summed.test_suite_key = names.test_suite_key
)

select * from final
