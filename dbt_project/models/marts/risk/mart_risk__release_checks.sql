{{ config(materialized='view') }}

with deployments as (
    select * from {{ ref('fct_deployments') }}
    where is_counted
),

jobs as (
    select * from {{ ref('fct_job_attempts') }}
    where is_finished and not is_allowed_to_fail and not is_manual
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

failures as (
    select
        job_attempt_key,
        max(case when failure_class = 'regression' then 1 else 0 end) as has_regression
    from {{ ref('fct_test_failures') }}
    where is_final
    group by job_attempt_key
),

-- What was known of the commit when its deployment began: the newest result of each check.
checks as (
    select
        deployments.deployment_key,
        jobs.job_attempt_key,
        jobs.result,
        jobs.is_bad,
        row_number() over (
            partition by deployments.deployment_key, jobs.workflow_name, jobs.job_name
            order by jobs.completed_at desc, jobs.job_attempt_key desc
        ) as check_order
    from deployments
    inner join attempts
        on
            deployments.repository_key = attempts.repository_key
            and deployments.sha = attempts.head_sha
    inner join jobs
        on attempts.workflow_run_attempt_key = jobs.workflow_run_attempt_key
    where
        (jobs.is_bad or jobs.result in ('success', 'unstable'))
        and jobs.completed_at <= coalesce(deployments.created_at, deployments.finished_at)
),

final as (
    select
        checks.deployment_key,
        count(*) as check_count,
        count(*) filter (where checks.result = 'success') as green_check_count,
        count(*) filter (where checks.is_bad and failures.has_regression = 1)
            as regressed_check_count
    from checks
    left join failures
        on checks.job_attempt_key = failures.job_attempt_key
    where checks.check_order = 1
    group by checks.deployment_key
)

select * from final
