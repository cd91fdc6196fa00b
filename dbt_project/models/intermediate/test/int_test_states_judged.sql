{{ config(materialized='table') }}

with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

outages as (
    select * from {{ ref('int_outages_found') }}
),

executions as (
    select
        tries.test_key,
        tries.code_sha,
        tries.environment,
        tries.repository,
        {{ try_text('tries') }} as try_text,
        tries.verdict,
        tries.is_failure,
        coalesce(tries.run_created_at, tries.reported_at) as seen_at
    from tries
    left join outages
        on
            tries.workflow_run_attempt_key = outages.workflow_run_attempt_key
            and tries.environment = outages.environment
            and tries.job_retry_number = outages.job_retry_number
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

-- Only where verdicts differ it matters which came when: in few states.
mixed as (
    select *
    from counted
    where failure_count > 0 and failure_count < execution_count
),

mixed_tries as (
    select
        executions.*,
        min(case when executions.is_failure then executions.seen_at end) over (
            partition by executions.test_key, executions.code_sha, executions.environment
        ) as first_failed_at,
        max(case when executions.is_failure then executions.seen_at end) over (
            partition by executions.test_key, executions.code_sha, executions.environment
        ) as last_failed_at,
        min(case when not executions.is_failure then executions.seen_at end) over (
            partition by executions.test_key, executions.code_sha, executions.environment
        ) as first_passed_at
    from executions
    inner join mixed
        on
            executions.test_key = mixed.test_key
            and executions.code_sha = mixed.code_sha
            and executions.environment = mixed.environment
),

-- Code can run for weeks, night after night: its verdicts disagree from the first that differs
-- on, and for the last time when it fails again, or passes at last.
first_verdicts as (
    select
        test_key,
        code_sha,
        environment,
        min_by(is_failure, {{ sortable_time('seen_at') }} || try_text) as is_first_failed,
        min(greatest(first_failed_at, first_passed_at)) as disagreed_since_at,
        max(greatest(last_failed_at, first_passed_at)) as disagreed_until_at,
        count(*) filter (
            where verdict = 'passed' and seen_at > greatest(last_failed_at, first_passed_at)
        ) as pass_since_count
    from mixed_tries
    group by test_key, code_sha, environment
),

final as (
    select
        *,
        failure_count > 0 as is_first_failed,
        cast(null as timestamp) as disagreed_since_at,
        cast(null as timestamp) as disagreed_until_at,
        cast(0 as bigint) as pass_since_count
    from counted
    where failure_count = 0 or failure_count = execution_count
    union all
    select
        mixed.*,
        first_verdicts.is_first_failed,
        first_verdicts.disagreed_since_at,
        first_verdicts.disagreed_until_at,
        first_verdicts.pass_since_count
    from mixed
    inner join first_verdicts
        on
            mixed.test_key = first_verdicts.test_key
            and mixed.code_sha = first_verdicts.code_sha
            and mixed.environment = first_verdicts.environment
)

select * from final
