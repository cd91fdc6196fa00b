with coverage as (
    select * from {{ ref('stg_imports__coverage') }}
    where line is not null
),

files as (
    select * from {{ ref('int_imported_files_numbered') }}
),

final as (
    select
        coverage.report_id,
        files.file_index,
        coverage.line,
        coverage.hits,
        coverage.branches_valid,
        coverage.branches_covered
    from coverage
    inner join files
        on
            coverage.report_id = files.report_id
            and coverage.path = files.path
)

select * from final
