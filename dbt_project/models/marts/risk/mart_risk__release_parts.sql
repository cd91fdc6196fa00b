{{ config(materialized='view') }}

with releases as (
    select * from {{ ref('mart_risk__escaped_defects') }}
),

deployments as (
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

incidents as (
    select * from {{ ref('fct_incidents') }}
),

ranges as (
    select * from {{ ref('bridge_deployments_commits') }}
),

changes as (
    select * from {{ ref('mart_risk__changes') }}
    where landed_commit_key is not null
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

judged as (
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
),

covered as (
    select
        ranges.deployment_key,
        cast(sum(changes.coverable_line_count) as bigint) as coverable_line_count,
        {{ exact_sum('changes.coverable_line_count * changes.changed_code_coverage_ratio') }}
            as covered_line_count
    from ranges
    inner join changes
        on ranges.commit_key = changes.landed_commit_key
    group by ranges.deployment_key
),

blocked as (
    select
        deployments.deployment_key,
        count(*) as open_blocker_count
    from deployments
    inner join incidents
        on
            deployments.repository = incidents.repository
            and (deployments.service = incidents.service or incidents.service is null)
            and deployments.finished_at >= incidents.opened_at
            and deployments.finished_at
            < coalesce(incidents.closed_at, timestamp '9999-12-31 00:00:00')
    group by deployments.deployment_key
),

final as (
    select
        releases.deployment_key,
        judged.check_count,
        judged.green_check_count,
        coalesce(judged.regressed_check_count, 0) as regressed_check_count,
        covered.coverable_line_count,
        covered.covered_line_count / nullif(covered.coverable_line_count, 0)
            as changed_code_coverage_ratio,
        coalesce(blocked.open_blocker_count, 0) as open_blocker_count,
        cast(judged.green_check_count as double) / judged.check_count as checks_part,
        {{ level(
            'covered.covered_line_count / nullif(covered.coverable_line_count, 0)', 0.9, 0.4
        ) }} as changed_code_coverage_part,
        1 - releases.escaped_defect_risk / 100 as escaped_defect_risk_part,
        -- Not measured yet: their weight goes to the others.
        cast(null as double) as suite_reliability_part,
        cast(null as double) as pipeline_stability_part,
        {{ level('coalesce(blocked.open_blocker_count, 0)', 0, 5) }} as blockers_part
    from releases
    left join judged
        on releases.deployment_key = judged.deployment_key
    left join covered
        on releases.deployment_key = covered.deployment_key
    left join blocked
        on releases.deployment_key = blocked.deployment_key
)

select * from final
