{{ config(materialized='view') }}

with lines as (
    select * from {{ ref('int_coverage_lines_merged') }}
),

final as (
    select
        coverage_file_key,
        line,
        hits,
        branches_valid as valid_branch_count,
        branches_covered as covered_branch_count,
        hits > 0 as is_covered,
        loaded_at
    from lines
)

select * from final
