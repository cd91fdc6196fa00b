with cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

coverage_files as (
    select * from {{ ref('int_coverage_files_united') }}
),

mutants as (
    select * from {{ ref('stg_mutation__mutants') }}
),

reports as (
    select * from {{ ref('int_reports_linked') }}
    where kind in ('coverage', 'mutation')
),

-- What reports say about where code is: a path, or the name of a class or package.
texts as (
    select
        repository,
        'file' as text_kind,
        file as path_text
    from cases
    where file is not null
    union
    select
        repository,
        'class' as text_kind,
        class_name as path_text
    from cases
    where file is null and class_name is not null
    union
    select
        reports.repository,
        'file' as text_kind,
        coverage_files.path as path_text
    from coverage_files
    inner join reports
        on coverage_files.report_id = reports.report_id
    union
    select
        reports.repository,
        'file' as text_kind,
        mutants.file as path_text
    from mutants
    inner join reports
        on mutants.report_id = reports.report_id
    where mutants.file is not null
),

slashed as (
    select
        repository,
        text_kind,
        path_text,
        case
            when text_kind = 'file'
                then regexp_replace(replace(path_text, chr(92), '/'), '^[./]+', '')
            when path_text like '%/%' then path_text
            else replace(split_part(path_text, '$', 1), '.', '/')
        end as text_path
    from texts
    where repository is not null
),

final as (
    select
        repository,
        text_kind,
        path_text,
        text_path,
        regexp_replace(text_path, '/?[^/]*$', '') as text_folder,
        regexp_replace(text_path, '^.*/', '') as text_name,
        regexp_replace(
            regexp_replace(text_path, '/?[^/]*$', ''), '^.*/', ''
        ) as text_folder_name
    from slashed
)

select * from final
