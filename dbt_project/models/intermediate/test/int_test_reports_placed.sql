{#- What the rows of a report in `int_test_tries_placed` are made from, in one row. -#}
with reports as (
    select
        report_id,
        made_of,
        min(repository) as repository,
        min(head_sha) as head_sha,
        min(workflow_run_attempt_key) as workflow_run_attempt_key,
        min(job_attempt_key) as job_attempt_key
    from {{ ref('int_test_cases_identified') }}
    group by report_id, made_of
),

left_out as (
    select report_id from {{ ref('int_test_aggregates_found') }}
    union
    select report_id from {{ ref('int_test_repeats_found') }}
    union
    select report_id from {{ ref('int_test_formats_repeated') }}
),

reruns as (
    select * from {{ ref('int_test_reruns_found') }}
),

rerun as (
    select
        report_id,
        {{ rows_hash(['test_key']) }} as rerun_hash
    from {{ ref('int_test_tries_rerun') }}
    group by report_id
),

attempts as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

retries as (
    select * from {{ ref('int_job_retries_counted') }}
),

shards as (
    select * from {{ ref('int_job_environments_merged') }}
),

environments as (
    select * from {{ ref('int_test_environments_named') }}
),

commits as (
    select * from {{ ref('int_commits_united') }}
),

placed as (
    select
        reports.report_id,
        reports.made_of as cases_made_of,
        attempts.workflow_run_key,
        attempts.run_attempt,
        attempts.run_created_at,
        jobs.job_name,
        coalesce(retries.retry_number, 0) as job_retry_number,
        coalesce(shards.environment, jobs.environment, environments.environment, 'unknown')
            as environment,
        case
            when jobs.environment is not null then 'job'
            else coalesce(environments.environment_rule, 'none')
        end as environment_rule,
        coalesce(commits.tree_sha, reports.head_sha) as code_sha,
        coalesce(commits.committed_at, attempts.run_created_at) as owned_at,
        -- Attempts of the run, retries of the job in it (or uploads), runs of its failures alone;
        -- retries in the report come behind.
        100000000000 * coalesce(attempts.run_attempt, 0)
        + 1000 * greatest(
            0,
            coalesce(
                cast({{ seconds_between(
                    'attempts.run_created_at',
                    'coalesce(jobs.started_at, environments.artifact_created_at)'
                ) }} as bigint),
                0
            )
        )
        + 100 * least(coalesce(reruns.rerun_number, 0), 9) as report_order,
        rerun.rerun_hash
    from reports
    left join left_out
        on reports.report_id = left_out.report_id
    left join reruns
        on reports.report_id = reruns.report_id
    left join rerun
        on reports.report_id = rerun.report_id
    left join attempts
        on reports.workflow_run_attempt_key = attempts.workflow_run_attempt_key
    left join jobs
        on reports.job_attempt_key = jobs.job_attempt_key
    left join retries
        on reports.job_attempt_key = retries.job_attempt_key
    left join shards
        on
            jobs.repository = shards.repository
            and jobs.environment = shards.numbered_environment
    left join environments
        on reports.report_id = environments.report_id
    left join commits
        on
            reports.repository = commits.repository
            and reports.head_sha = commits.sha
    where left_out.report_id is null
),

final as (
    select
        report_id,
        workflow_run_key,
        run_attempt,
        run_created_at,
        job_name,
        job_retry_number,
        environment,
        environment_rule,
        code_sha,
        owned_at,
        report_order,
        {{ surrogate_key([
            'cases_made_of', 'workflow_run_key', 'run_attempt', 'run_created_at', 'job_name',
            'job_retry_number', 'environment', 'environment_rule', 'code_sha', 'owned_at',
            'report_order', 'rerun_hash'
        ]) }} as made_of
    from placed
)

select * from final
