{{ config(materialized='table') }}

with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

-- Tried again within the attempt, the suite of a job is another one: an outage may be over by then.
suites as (
    select
        repository,
        workflow_run_attempt_key,
        environment,
        job_retry_number,
        count(*) filter (where is_execution) as execution_count,
        count(*) filter (where is_failure) as failure_count
    from tries
    where workflow_run_attempt_key is not null
    group by repository, workflow_run_attempt_key, environment, job_retry_number
),

limits as (
    select
        max(case when parameter = 'minimum_executions' then parameter_value end)
            as minimum_executions,
        max(case when parameter = 'minimum_suite_share' then parameter_value end)
            as minimum_suite_share,
        max(case when parameter = 'minimum_failure_share' then parameter_value end)
            as minimum_failure_share
    from {{ ref('rule_parameters') }}
    where rule_name = 'outage'
),

usual as (
    select
        repository,
        environment,
        {{ percentile('execution_count', 0.5) }} as usual_count
    from suites
    group by repository, environment
),

final as (
    select
        suites.workflow_run_attempt_key,
        suites.environment,
        suites.job_retry_number
    from suites
    cross join limits
    inner join usual
        on
            suites.repository is not distinct from usual.repository
            and suites.environment = usual.environment
    where
        suites.execution_count >= limits.minimum_executions
        and suites.execution_count >= limits.minimum_suite_share * usual.usual_count
        and suites.failure_count >= limits.minimum_failure_share * suites.execution_count
)

select * from final
