{{ config(materialized='table') }}

with files as (
    select * from {{ ref('int_coverage_files_united') }}
),

reports as (
    select * from {{ ref('int_coverage_reports_placed') }}
),

paths as (
    select * from {{ ref('int_paths_resolved') }}
),

final as (
    select
        files.report_id,
        files.file_index,
        reports.repository,
        reports.head_sha,
        coalesce(paths.path, files.path) as path,
        files.lines_valid,
        files.lines_covered,
        files.branches_valid,
        files.branches_covered,
        reports.loaded_at
    from files
    inner join reports
        on files.report_id = reports.report_id
    left join paths
        on
            reports.repository = paths.repository
            and files.path = paths.path_text
            and paths.text_kind = 'file'
)

select * from final
