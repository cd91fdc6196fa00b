with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

owners as (
    select * from {{ ref('int_test_owners_found') }}
),

outages as (
    select * from {{ ref('int_outages_found') }}
),

flaky_states as (
    select * from {{ ref('int_test_states_judged') }}
    where failure_count > 0 and pass_count > 0
),

-- The first failure of a test in one job and environment of a run, over the attempts of the run.
failed as (
    select
        coalesce(workflow_run_key, report_id) as run_text,
        job_name,
        environment,
        test_key,
        min(try_order) as first_failed_order
    from tries
    where is_failure
    group by coalesce(workflow_run_key, report_id), job_name, environment, test_key
),

ordered as (
    select
        tries.*,
        failed.first_failed_order
    from tries
    left join failed
        on
            coalesce(tries.workflow_run_key, tries.report_id) = failed.run_text
            and tries.job_name is not distinct from failed.job_name
            and tries.environment = failed.environment
            and tries.test_key = failed.test_key
),

final as (
    select
        ordered.test_result_key,
        ordered.test_key,
        ordered.test_suite_result_key,
        ordered.workflow_run_attempt_key,
        ordered.workflow_run_key,
        ordered.job_attempt_key,
        ordered.repository_key,
        owners.team_key,
        owners.service_key,
        ordered.report_id,
        ordered.case_index,
        ordered.repository,
        owners.team,
        owners.service,
        attempts.workflow_name,
        ordered.environment,
        ordered.environment_rule,
        ordered.head_sha,
        ordered.code_sha,
        owners.path as file_path,
        {{ shown_handle('owners.owner_handle') }} as owner_handle,
        coalesce(owners.ownership_rule, 'none') as ownership_rule,
        ordered.link_rule,
        ordered.verdict,
        ordered.failure_type,
        ordered.failure_message,
        ordered.failure_hash,
        ordered.retry_index,
        ordered.duration_seconds,
        ordered.is_final,
        ordered.is_execution,
        ordered.is_failure,
        outages.workflow_run_attempt_key is not null as is_outage,
        flaky_states.test_key is not null
        and outages.workflow_run_attempt_key is null as is_in_flaky_state,
        coalesce(
            ordered.is_final
            and ordered.verdict = 'passed'
            and ordered.first_failed_order < ordered.try_order,
            false
        ) as is_retry_pass,
        ordered.is_synthetic,
        coalesce(attempts.is_default_branch, false) as is_default_branch,
        coalesce(attempts.run_created_date, {{ business_date('ordered.reported_at') }})
            as run_created_date,
        coalesce(attempts.run_created_at, ordered.reported_at) as run_created_at,
        ordered.loaded_at
    from ordered
    left join attempts
        on ordered.workflow_run_attempt_key = attempts.workflow_run_attempt_key
    left join owners
        on
            ordered.repository = owners.repository
            and coalesce(ordered.file, ordered.class_name) = owners.path_text
            and case when ordered.file is not null then 'file' else 'class' end
            = owners.text_kind
            and ordered.owned_at is not distinct from owners.owned_at
    left join outages
        on
            ordered.workflow_run_attempt_key = outages.workflow_run_attempt_key
            and ordered.environment = outages.environment
    left join flaky_states
        on
            ordered.test_key = flaky_states.test_key
            and ordered.code_sha = flaky_states.code_sha
            and ordered.environment = flaky_states.environment
)

select * from final
