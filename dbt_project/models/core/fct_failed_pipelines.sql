with attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
    where is_finished
),

jobs as (
    select
        *,
        coalesce({{ sortable_time('completed_at') }}, 'never') || job_attempt_key as failing_text
    from {{ ref('fct_failed_jobs') }}
    where is_blocking
),

-- Failing tests whose job is not known speak for the attempt.
loose as (
    select
        workflow_run_attempt_key,
        {{ failing_test_counts() }}
    from {{ ref('fct_test_failures') }}
    where is_final and job_attempt_key is null and workflow_run_attempt_key is not null
    group by workflow_run_attempt_key
),

said as (
    select
        jobs.workflow_run_attempt_key,
        jobs.failure_cause,
        jobs.cause_rule,
        {{ is_no_code_cause('jobs.failure_cause', 'jobs') }} as is_no_code_cause
    from jobs
    left join loose
        on jobs.workflow_run_attempt_key = loose.workflow_run_attempt_key
    where
        loose.workflow_run_attempt_key is null
        or jobs.cause_rule not in ('no_test_result', 'job_without_tests')
    union all
    select
        loose.workflow_run_attempt_key,
        {{ failing_tests_cause('loose') }} as failure_cause,
        'failing_tests' as cause_rule,
        {{ is_no_code_cause(failing_tests_cause('loose'), 'loose') }} as is_no_code_cause
    from loose
),

-- What merely followed from the rest explains nothing.
combined as (
    select
        workflow_run_attempt_key,
        count(distinct failure_cause) filter (where failure_cause <> 'cancelled') as cause_count,
        min(failure_cause) filter (where failure_cause <> 'cancelled') as failure_cause,
        min(cause_rule) filter (where failure_cause <> 'cancelled') as cause_rule,
        count(distinct cause_rule) filter (where failure_cause <> 'cancelled') as rule_count,
        count(*) filter (where failure_cause = 'cancelled') as cancelled_count,
        count(*) filter (where failure_cause = 'unknown') as unknown_count,
        count(*) filter (where failure_cause = 'regression') as regression_count,
        count(*) filter (where not is_no_code_cause) as code_count,
        count(*) filter (where failure_cause <> 'cancelled' and is_no_code_cause is null)
            as unsure_count
    from said
    group by workflow_run_attempt_key
),

sums as (
    select
        workflow_run_attempt_key,
        count(*) as failing_job_count,
        min_by(job_attempt_key, failing_text) as first_failing_job_key,
        min_by(job_name, failing_text) as failing_job_name,
        nullif(min_by(coalesce(failing_step_name, ''), failing_text), '') as failing_step_name,
        {{ failing_test_sums() }}
    from jobs
    group by workflow_run_attempt_key
),

judged as (
    select
        attempts.*,
        sums.first_failing_job_key,
        sums.failing_job_name,
        sums.failing_step_name,
        coalesce(sums.failing_job_count, 0) as failing_job_count,
        {{ failing_test_sums('sums', 'loose') }},
        {{ failed_pipeline_cause('cause') }} as failure_cause,
        {{ failed_pipeline_cause('rule') }} as cause_rule,
        combined.code_count,
        combined.unsure_count
    from attempts
    left join sums
        on attempts.workflow_run_attempt_key = sums.workflow_run_attempt_key
    left join combined
        on attempts.workflow_run_attempt_key = combined.workflow_run_attempt_key
    left join loose
        on attempts.workflow_run_attempt_key = loose.workflow_run_attempt_key
    where attempts.is_bad or sums.failing_job_count > 0
),

final as (
    select
        workflow_run_attempt_key,
        workflow_run_key,
        workflow_key,
        repository_key,
        team_key,
        first_failing_job_key,
        repository,
        team,
        run_id,
        run_attempt,
        workflow_name,
        result,
        failure_cause,
        cause_rule,
        case
            when failure_cause in ('unknown', 'cancelled') then 'none'
            when
                failure_cause in ('timeout', 'configuration', 'infrastructure')
                and cause_rule not in ('failing_tests', 'several')
                then 'fact'
            when unknown_test_count > 0 or cause_rule = 'job_without_tests' then 'hypothesis'
            else 'inferred'
        end as cause_confidence,
        failing_job_name,
        failing_step_name,
        failing_job_count,
        failing_test_count,
        flaky_test_count,
        regression_test_count,
        environment_test_count,
        infrastructure_test_count,
        unknown_test_count,
        -- Several causes are no code reason together when none of them is one.
        case
            when failure_cause in ('unknown', 'timeout', 'cancelled') then null
            when failure_cause = 'configuration' or code_count > 0 then false
            when unsure_count > 0 then null
            else true
        end as is_no_code_failure,
        is_first_attempt,
        is_final_attempt,
        is_default_branch,
        run_created_date,
        run_created_at
    from judged
)

select * from final
