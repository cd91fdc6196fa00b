-- Facts hold exactly what the vendors' staging models hold after the newest version was chosen.
with counted as (
    select
        'workflow_runs' as things,
        (select count(*) from {{ ref('int_ci_runs_united') }}) as raw_count,
        (select count(*) from {{ ref('fct_workflow_run_attempts') }}) as fact_count
    union all
    select
        'jobs' as things,
        (select count(*) from {{ ref('int_ci_jobs_united') }}) as raw_count,
        (select count(*) from {{ ref('fct_job_attempts') }}) as fact_count
    union all
    select
        'deployments' as things,
        (select count(*) from {{ ref('int_deployment_events_united') }}) as raw_count,
        (
            select count(*) from {{ ref('fct_deployments') }}
            where evidence_kind = 'deployment'
        ) as fact_count
    union all
    select
        'commits' as things,
        (select count(*) from {{ ref('int_commits_united') }}) as raw_count,
        (select count(*) from {{ ref('fct_commits') }}) as fact_count
    union all
    select
        'changes' as things,
        (select count(*) from {{ ref('int_changes_united') }}) as raw_count,
        (select count(*) from {{ ref('fct_changes') }}) as fact_count
    union all
    select
        'reviews' as things,
        (select count(*) from {{ ref('int_change_reviews_united') }}) as raw_count,
        (select count(*) from {{ ref('fct_reviews') }}) as fact_count
    union all
    select
        'incidents' as things,
        (select count(*) from {{ ref('int_incidents_united') }}) as raw_count,
        (select count(*) from {{ ref('fct_incidents') }}) as fact_count
    union all
    select
        'repositories' as things,
        (select count(*) from {{ ref('int_repositories_united') }}) as raw_count,
        (select count(*) from {{ ref('dim_repositories') }}) as fact_count
    union all
    select
        'coverage lines' as things,
        (select count(*) from {{ ref('int_coverage_lines_merged') }}) as raw_count,
        (select count(*) from {{ ref('fct_coverage_lines') }}) as fact_count
)

select *
from counted
where raw_count <> fact_count
