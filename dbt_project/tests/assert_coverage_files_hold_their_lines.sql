-- Files with lines count exactly these lines.
with lines as (
    select
        coverage_file_key,
        count(*) as line_count,
        count(*) filter (where is_covered) as covered_count
    from {{ ref('fct_coverage_lines') }}
    group by coverage_file_key
)

select
    files.coverage_file_key,
    lines.line_count,
    files.valid_line_count
from lines
left join {{ ref('fct_coverage_files') }} as files
    on lines.coverage_file_key = files.coverage_file_key
where
    files.valid_line_count is distinct from lines.line_count
    or files.covered_line_count is distinct from lines.covered_count
