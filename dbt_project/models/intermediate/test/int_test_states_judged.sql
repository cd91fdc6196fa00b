{{ config(materialized='table') }}

with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

outages as (
    select * from {{ ref('int_outages_found') }}
),

executions as (
    select
        tries.*,
        coalesce(tries.run_created_at, tries.reported_at) as seen_at
    from tries
    left join outages
        on
            tries.workflow_run_attempt_key = outages.workflow_run_attempt_key
            and tries.environment = outages.environment
    where
        tries.is_execution
        and tries.code_sha is not null
        and outages.workflow_run_attempt_key is null
),

counted as (
    select
        test_key,
        code_sha,
        environment,
        min(repository) as repository,
        count(*) as execution_count,
        count(*) filter (where is_failure) as failure_count,
        count(*) filter (where verdict = 'passed') as pass_count,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from executions
    group by test_key, code_sha, environment
),

-- Only where verdicts differ it matters which came first: in few states.
first_verdicts as (
    select
        executions.test_key,
        executions.code_sha,
        executions.environment,
        min_by(
            executions.is_failure,
            cast(executions.seen_at as string)
            || lpad(cast(executions.try_order as string), 15, '0')
            || executions.report_id
            || lpad(cast(executions.case_index as string), 9, '0')
        ) as is_first_failed
    from executions
    inner join counted
        on
            executions.test_key = counted.test_key
            and executions.code_sha = counted.code_sha
            and executions.environment = counted.environment
    where counted.failure_count > 0 and counted.failure_count < counted.execution_count
    group by executions.test_key, executions.code_sha, executions.environment
),

final as (
    select
        counted.test_key,
        counted.code_sha,
        counted.environment,
        counted.repository,
        counted.execution_count,
        counted.failure_count,
        counted.pass_count,
        coalesce(first_verdicts.is_first_failed, counted.failure_count > 0) as is_first_failed,
        counted.first_seen_at,
        counted.last_seen_at
    from counted
    left join first_verdicts
        on
            counted.test_key = first_verdicts.test_key
            and counted.code_sha = first_verdicts.code_sha
            and counted.environment = first_verdicts.environment
)

select * from final
