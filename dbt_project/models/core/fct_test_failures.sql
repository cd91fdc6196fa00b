with failures as (
    select
        *,
        -- What fails in an outage belongs to no state.
        case when not is_outage then test_key end as state_test_key
    from {{ ref('fct_test_results') }}
    where is_failure
),

states as (
    select * from {{ ref('fct_test_failing_states') }}
),

fingerprints as (
    select * from {{ ref('int_failure_fingerprints_found') }}
),

jobs as (
    select * from {{ ref('fct_job_attempts') }}
),

limits as (
    select max(parameter_value) as flaky_limit
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_evidence' and parameter = 'flaky_limit'
),

ruled as (
    select
        failures.*,
        fingerprints.failure_fingerprint,
        states.evidence_score,
        states.execution_count as state_execution_count,
        states.pass_count as state_pass_count,
        states.environment_count,
        states.broken_environment_count,
        states.clean_environment_count,
        states.streak_state_count,
        states.environment_streak_state_count,
        states.outside_failure_count,
        states.outside_execution_count,
        states.outside_failure_ratio,
        states.is_covered_change,
        case
            when failures.is_outage then 'outage'
            when jobs.result = 'startup_failure' then 'job_not_started'
            else coalesce(states.failure_class_rule, 'none')
        end as failure_class_rule,
        coalesce(states.evidence_score < limits.flaky_limit, true)
        and failures.failure_message is not null as is_told_by_its_message
    from failures
    cross join limits
    left join states
        on
            failures.state_test_key = states.test_key
            and failures.code_sha = states.code_sha
            and failures.environment = states.environment
    left join fingerprints
        on failures.test_result_key = fingerprints.test_result_key
    left join jobs
        on failures.job_attempt_key = jobs.job_attempt_key
),

classified as (
    select
        *,
        case
            when failure_class_rule in ('outage', 'job_not_started') then 'infrastructure'
            when failure_class_rule in ('same_code_passed', 'own_rate_explains') then 'flaky'
            when failure_class_rule in ('all_environments_fail', 'covered_change_fails')
                then 'regression'
            when failure_class_rule = 'one_environment_fails' then 'environment'
            else 'unknown'
        end as failure_class,
        -- What the code showed goes before what a rate makes likely, and that before nothing.
        case failure_class_rule
            when 'same_code_passed' then 1
            when 'all_environments_fail' then 2
            when 'covered_change_fails' then 2
            when 'one_environment_fails' then 3
            when 'own_rate_explains' then 4
            when 'job_not_started' then 5
            when 'none' then 6
        end as class_rank
    from ruled
),

final as (
    select
        test_result_key,
        test_key,
        workflow_run_attempt_key,
        workflow_run_key,
        job_attempt_key,
        repository_key,
        team_key,
        service_key,
        repository,
        team,
        service,
        workflow_name,
        environment,
        head_sha,
        code_sha,
        file_path,
        failure_class,
        {{ attributed_class() }} as attributed_class,
        failure_class_rule,
        verdict,
        failure_type,
        failure_message,
        failure_hash,
        failure_fingerprint,
        retry_index,
        evidence_score,
        state_execution_count,
        state_pass_count,
        environment_count,
        broken_environment_count,
        clean_environment_count,
        streak_state_count,
        environment_streak_state_count,
        outside_failure_count,
        outside_execution_count,
        outside_failure_ratio,
        is_covered_change,
        is_final,
        is_final_in_attempt,
        is_synthetic,
        is_default_branch,
        run_created_date,
        run_created_at,
        loaded_at
    from classified
)

select * from final
