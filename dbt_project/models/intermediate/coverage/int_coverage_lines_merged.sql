{{ config(materialized='table') }}

with lines as (
    select * from {{ ref('int_coverage_lines_united') }}
),

files as (
    select * from {{ ref('int_coverage_files_placed') }}
),

final as (
    select
        files.repository,
        files.head_sha,
        files.path,
        lines.line,
        max(lines.hits) as hits,
        max(lines.branches_valid) as branches_valid,
        max(lines.branches_covered) as branches_covered,
        max(files.loaded_at) as loaded_at
    from lines
    inner join files
        on
            lines.report_id = files.report_id
            and lines.file_index = files.file_index
    group by files.repository, files.head_sha, files.path, lines.line
)

select * from final
