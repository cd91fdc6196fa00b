{%- set counts = [
    ('workflow runs', ref('int_ci_runs_united'), ref('fct_workflow_run_attempts')),
    ('jobs', ref('int_ci_jobs_united'), ref('fct_job_attempts')),
    ('commits', ref('int_commits_united'), ref('fct_commits')),
    ('changes', ref('int_changes_united'), ref('fct_changes')),
    ('reviews', ref('int_change_reviews_united'), ref('fct_reviews')),
    ('incidents', ref('int_incidents_united'), ref('fct_incidents')),
    ('repositories', ref('int_repositories_united'), ref('dim_repositories')),
    ('coverage lines', ref('int_coverage_lines_merged'), ref('fct_coverage_lines')),
] -%}
-- Facts hold exactly what the vendors' staging models hold after the newest version was chosen.
with counted as (
    {% for things, raw, fact in counts -%}
        select
            '{{ things }}' as things,
            (select count(*) from {{ raw }}) as raw_count,
            (select count(*) from {{ fact }}) as fact_count
        union all
    {% endfor -%}
    select
        'deployments' as things,
        (select count(*) from {{ ref('int_deployment_events_united') }}) as raw_count,
        (
            select count(*) from {{ ref('fct_deployments') }}
            where evidence_kind = 'deployment'
        ) as fact_count
)

select *
from counted
where raw_count <> fact_count
