{{ config(
    materialized=by_groups(), unique_key='report_id', groups='int_test_reports_read'
) }}

with cases as (
    select * from {{ ref('int_test_cases_united') }}
),

reports as (
    {{ groups_to_make(ref('int_test_reports_read'), 'report_id') }}
),

final as (
    select
        cases.report_id,
        cases.case_index,
        cases.suite_index,
        reports.repository,
        reports.workflow_run_attempt_key,
        reports.job_attempt_key,
        reports.head_sha,
        reports.link_rule,
        reports.reported_at,
        {{ surrogate_key([
            'reports.repository', 'coalesce(cases.class_name, cases.suite_path)',
            'cases.test_name', 'cases.parameters'
        ]) }} as test_key,
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
        coalesce(cases.retry_index, 0) as retry_index,
        coalesce(cases.is_final, true) as is_final,
        coalesce(cases.is_synthetic, false) as is_synthetic,
        reports.made_of,
        cases.loaded_at
    from cases
    inner join reports
        on cases.report_id = reports.report_id
)

select * from final
