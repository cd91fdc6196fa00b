with mutants as (
    select * from {{ ref('stg_mutation__mutants') }}
),

reports as (
    select * from {{ ref('int_reports_linked') }}
    where kind = 'mutation' and not is_duplicate
),

paths as (
    select * from {{ ref('int_paths_resolved') }}
    where text_kind = 'file'
),

final as (
    select
        mutants.report_id,
        mutants.mutant_index,
        reports.repository,
        reports.head_sha,
        reports.workflow_run_attempt_key,
        reports.job_attempt_key,
        reports.link_rule,
        reports.reported_at,
        coalesce(paths.path, mutants.file) as path,
        mutants.file as reported_path,
        mutants.line,
        mutants.end_line,
        mutants.class_name,
        mutants.function_name,
        mutants.operator,
        mutants.replacement,
        mutants.verdict,
        mutants.killing_tests,
        mutants.covering_test_count,
        mutants.duration_seconds,
        mutants.loaded_at
    from mutants
    inner join reports
        on mutants.report_id = reports.report_id
    left join paths
        on
            reports.repository = paths.repository
            and mutants.file = paths.path_text
)

select * from final
