{#- What the rows of a report in `int_test_cases_identified` are made from, in one row. -#}
with reports as (
    select * from {{ ref('int_reports_linked') }}
    where kind = 'test_results' and not is_duplicate
),

cases as (
    select
        report_id,
        {{ rows_hash([
            'case_index', 'suite_index', 'suite_path', 'class_name', 'test_name', 'parameters',
            'file', 'verdict', 'failure_type', 'failure_message', 'failure_details',
            'failure_hash', 'duration_seconds', 'retry_index', 'is_final', 'is_synthetic',
            'loaded_at'
        ]) }} as cases_hash
    from {{ ref('int_test_cases_united') }}
    group by report_id
),

final as (
    select
        reports.report_id,
        reports.repository,
        reports.workflow_run_attempt_key,
        reports.job_attempt_key,
        reports.head_sha,
        reports.link_rule,
        reports.reported_at,
        {{ surrogate_key([
            'cases.cases_hash', 'reports.repository', 'reports.workflow_run_attempt_key',
            'reports.job_attempt_key', 'reports.head_sha', 'reports.link_rule',
            'reports.reported_at'
        ]) }} as made_of
    from reports
    inner join cases
        on reports.report_id = cases.report_id
)

select * from final
