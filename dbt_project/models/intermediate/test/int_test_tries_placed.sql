{{ config(materialized='table') }}

with cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

left_out as (
    select report_id from {{ ref('int_test_aggregates_found') }}
    union
    select report_id from {{ ref('int_test_repeats_found') }}
),

attempts as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

commits as (
    select * from {{ ref('int_commits_united') }}
),

final as (
    select
        cases.*,
        attempts.workflow_run_key,
        attempts.run_attempt,
        attempts.run_created_at,
        jobs.job_name,
        coalesce(jobs.environment, 'unknown') as environment,
        coalesce(commits.tree_sha, cases.head_sha) as code_sha,
        coalesce(commits.committed_at, attempts.run_created_at) as owned_at,
        -- Attempts of the run, retries of the job in it, retries in the report.
        100000000000 * coalesce(attempts.run_attempt, 0)
        + 1000 * greatest(
            0,
            coalesce(
                cast({{ seconds_between('attempts.run_created_at', 'jobs.started_at') }} as bigint),
                0
            )
        )
        + least(cases.retry_index, 999) as try_order,
        cases.verdict in ('passed', 'failed', 'errored') as is_execution,
        cases.verdict in ('failed', 'errored') as is_failure
    from cases
    left join left_out
        on cases.report_id = left_out.report_id
    left join attempts
        on cases.workflow_run_attempt_key = attempts.workflow_run_attempt_key
    left join jobs
        on cases.job_attempt_key = jobs.job_attempt_key
    left join commits
        on
            cases.repository = commits.repository
            and cases.head_sha = commits.sha
    where left_out.report_id is null
)

select * from final
