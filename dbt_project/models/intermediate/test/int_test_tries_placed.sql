{{ config(
    materialized=by_groups(), unique_key='report_id', groups='int_test_reports_placed'
) }}

with cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

reports as (
    {{ groups_to_make(ref('int_test_reports_placed'), 'report_id') }}
),

rerun as (
    select * from {{ ref('int_test_tries_rerun') }}
),

-- Keys are made here, once for a report, and not in every run for all that was ever tried.
final as (
    select
        {{ surrogate_key(['cases.report_id', 'cases.case_index']) }} as test_result_key,
        {{ surrogate_key(['cases.report_id', 'cases.suite_index']) }} as test_suite_result_key,
        case
            when cases.repository is not null then {{ surrogate_key(['cases.repository']) }}
        end as repository_key,
        cases.report_id,
        cases.case_index,
        cases.repository,
        cases.workflow_run_attempt_key,
        cases.job_attempt_key,
        cases.head_sha,
        cases.link_rule,
        cases.reported_at,
        cases.test_key,
        cases.suite_path,
        cases.class_name,
        cases.test_name,
        cases.parameters,
        cases.file,
        cases.verdict,
        cases.failure_type,
        cases.failure_message,
        cases.failure_details,
        cases.failure_hash,
        cases.duration_seconds,
        cases.retry_index,
        cases.is_final and rerun.test_key is null as is_final,
        cases.is_synthetic,
        reports.workflow_run_key,
        reports.run_attempt,
        reports.run_created_at,
        reports.job_name,
        reports.job_retry_number,
        reports.environment,
        reports.environment_rule,
        reports.code_sha,
        reports.owned_at,
        reports.report_order + least(cases.retry_index, 99) as try_order,
        cases.verdict in ('passed', 'failed', 'errored') as is_execution,
        cases.verdict in ('failed', 'errored') as is_failure,
        reports.made_of,
        cases.loaded_at
    from cases
    inner join reports
        on cases.report_id = reports.report_id
    left join rerun
        on
            cases.report_id = rerun.report_id
            and cases.test_key = rerun.test_key
)

select * from final
