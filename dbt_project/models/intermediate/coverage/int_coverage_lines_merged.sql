{{ config(
    materialized=by_groups(), unique_key='coverage_file_key', groups='int_coverage_files_merged'
) }}

with lines as (
    select * from {{ ref('int_coverage_lines_united') }}
),

files as (
    select * from {{ ref('int_coverage_files_placed') }}
),

merged as (
    {{ groups_to_make(ref('int_coverage_files_merged'), 'coverage_file_key') }}
),

final as (
    select
        merged.coverage_file_key,
        lines.line,
        max(lines.hits) as hits,
        max(lines.branches_valid) as branches_valid,
        max(lines.branches_covered) as branches_covered,
        merged.made_of,
        max(files.loaded_at) as loaded_at
    from lines
    inner join files
        on
            lines.report_id = files.report_id
            and lines.file_index = files.file_index
    inner join merged
        on
            files.repository is not distinct from merged.repository
            and files.head_sha = merged.head_sha
            and files.path = merged.path
    group by merged.coverage_file_key, merged.made_of, lines.line
)

select * from final
