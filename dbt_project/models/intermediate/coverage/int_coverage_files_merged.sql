{#- What the rows of a file in `int_coverage_lines_merged` are made from, in one row. -#}
with files as (
    select * from {{ ref('int_coverage_files_placed') }}
),

lines as (
    select
        report_id,
        file_index,
        {{ rows_hash(['line', 'hits', 'branches_valid', 'branches_covered']) }} as lines_hash
    from {{ ref('int_coverage_lines_united') }}
    group by report_id, file_index
),

final as (
    select
        {{ surrogate_key(['files.repository', 'files.head_sha', 'files.path']) }}
            as coverage_file_key,
        files.repository,
        files.head_sha,
        files.path,
        {{ rows_hash([
            'files.report_id', 'files.file_index', 'files.loaded_at', 'lines.lines_hash'
        ]) }} as made_of
    from files
    inner join lines
        on
            files.report_id = lines.report_id
            and files.file_index = lines.file_index
    group by files.repository, files.head_sha, files.path
)

select * from final
