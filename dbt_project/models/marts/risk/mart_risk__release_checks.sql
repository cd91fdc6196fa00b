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

-- What was known of the commit when its deployment began.
known as (
    select
        deployments.deployment_key,
        attempts.run_created_at,
        jobs.*
    from deployments
    inner join attempts
        on
            deployments.repository_key = attempts.repository_key
            and deployments.sha = attempts.head_sha
    inner join jobs
        on attempts.workflow_run_attempt_key = jobs.workflow_run_attempt_key
    where
        (jobs.is_bad or jobs.result in ('success', 'unstable'))
        and jobs.completed_at
        <= coalesce(deployments.started_at, deployments.created_at, deployments.finished_at)
),

retries as (
    select
        deployment_key,
        vendor,
        run_id,
        retried_from_job_id as job_id
    from known
    where retried_from_job_id is not null
    group by deployment_key, vendor, run_id, retried_from_job_id
),

-- A check is what one vendor calls the same in a workflow: all of its jobs in the newest run,
-- shards side by side, without those that another try took the place of.
checks as (
    select
        known.*,
        rank() over (
            partition by
                known.deployment_key, known.vendor, known.workflow_name, known.job_name
            order by
                {{ run_order('known.run_created_at', 'known.run_id') }} desc nulls last,
                known.run_attempt desc
        ) as run_rank
    from known
    left join retries
        on
            known.deployment_key = retries.deployment_key
            and known.vendor = retries.vendor
            and known.run_id = retries.run_id
            and known.job_id = retries.job_id
    where retries.job_id is null
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
    where checks.run_rank = 1
    group by checks.deployment_key
)

select * from final
