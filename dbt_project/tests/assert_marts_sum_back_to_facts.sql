-- Additive parts of the marts add up to the facts they come from.
with counted as (
    select
        'runs' as things,
        (select sum(run_count) from {{ ref('mart_pipeline__workflow_runs_daily') }}) as mart_sum,
        (
            select count(*) from {{ ref('fct_workflow_run_attempts') }}
            where is_final_attempt
        ) as fact_count
    union all
    select
        'jobs' as things,
        (select sum(job_count) from {{ ref('mart_pipeline__queue_times_daily') }}) as mart_sum,
        (select count(*) from {{ ref('fct_job_attempts') }}) as fact_count
    union all
    select
        'tries' as things,
        (select sum(try_count) from {{ ref('mart_test__results_daily') }}) as mart_sum,
        (
            select count(*) from {{ ref('fct_test_results') }}
            where run_created_date is not null
        ) as fact_count
    union all
    select
        'executions' as things,
        (select sum(execution_count) from {{ ref('mart_test__flakiness') }}) as mart_sum,
        (
            select count(*) from {{ ref('fct_test_results') }}
            where is_execution and not is_outage
        ) as fact_count
    union all
    select
        'deployments' as things,
        (
            select sum(deployment_count) from {{ ref('mart_delivery__deployments_daily') }}
        ) as mart_sum,
        (
            select count(*) from {{ ref('fct_deployments') }}
            where is_counted
        ) as fact_count
    union all
    select
        'changes' as things,
        (select count(*) from {{ ref('mart_delivery__changes') }}) as mart_sum,
        (
            select count(*) from {{ ref('bridge_deployments_commits') }}
            where is_first_delivery
        ) as fact_count
    union all
    select
        'coverable lines' as things,
        (select sum(valid_line_count) from {{ ref('mart_coverage__commits') }}) as mart_sum,
        (select sum(valid_line_count) from {{ ref('fct_coverage_files') }}) as fact_count
    union all
    select
        'changed lines' as things,
        (
            select sum(coverable_changed_line_count) from {{ ref('mart_coverage__weekly') }}
            where grain = 'repository'
        ) as mart_sum,
        (
            select sum(coverable_line_count) from {{ ref('mart_coverage__changes') }}
            where created_date is not null
        ) as fact_count
    union all
    select
        'covered changed lines' as things,
        (
            select sum(covered_changed_line_count) from {{ ref('mart_coverage__weekly') }}
            where grain = 'repository'
        ) as mart_sum,
        (
            select sum(hit_line_count + partial_line_count)
            from {{ ref('mart_coverage__changes') }}
            where created_date is not null
        ) as fact_count
    union all
    select
        'changes with both reports' as things,
        (
            select sum(compared_change_count) from {{ ref('mart_coverage__weekly') }}
            where grain = 'repository'
        ) as mart_sum,
        (
            select count(is_coverage_regression) from {{ ref('mart_coverage__changes') }}
            where created_date is not null
        ) as fact_count
    union all
    select
        'coverage regressions' as things,
        (
            select sum(regressed_change_count) from {{ ref('mart_coverage__weekly') }}
            where grain = 'repository'
        ) as mart_sum,
        (
            select count(*) from {{ ref('mart_coverage__changes') }}
            where created_date is not null and is_coverage_regression
        ) as fact_count
)

select *
from counted
where coalesce(mart_sum, 0) <> coalesce(fact_count, 0)
