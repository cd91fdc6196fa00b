{{ config(materialized='table') }}

with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

suites as (
    select
        repository,
        workflow_run_attempt_key,
        environment,
        count(*) filter (where is_execution) as execution_count,
        count(*) filter (where is_failure) as failure_count
    from tries
    where workflow_run_attempt_key is not null
    group by repository, workflow_run_attempt_key, environment
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
        suites.execution_count,
        suites.failure_count,
        usual.usual_count
    from suites
    inner join usual
        on
            suites.repository is not distinct from usual.repository
            and suites.environment = usual.environment
    where
        suites.execution_count >= 20
        and suites.execution_count >= 0.5 * usual.usual_count
        and suites.failure_count >= 0.5 * suites.execution_count
)

select * from final
