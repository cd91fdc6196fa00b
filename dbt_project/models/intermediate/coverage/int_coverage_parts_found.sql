with reports as (
    select * from {{ ref('int_coverage_reports_placed') }}
),

files as (
    select * from {{ ref('int_coverage_files_placed') }}
),

-- What an upload holds now: of its newest commit.
newest as (
    select
        repository,
        upload_name,
        max_by(head_sha, {{ sortable_time('commit_at') }} || head_sha) as head_sha
    from reports
    group by repository, upload_name
),

paths as (
    select
        newest.repository,
        newest.upload_name,
        files.path
    from newest
    inner join reports
        on
            newest.repository is not distinct from reports.repository
            and newest.upload_name = reports.upload_name
            and newest.head_sha = reports.head_sha
    inner join files
        on reports.report_id = files.report_id
    group by newest.repository, newest.upload_name, files.path
),

shared as (
    select
        *,
        count(*) over (partition by repository, path) as path_upload_count
    from paths
),

final as (
    select
        repository,
        upload_name,
        count(*) as file_count,
        count(case when path_upload_count = 1 then 1 end) as own_file_count
    from shared
    group by repository, upload_name
)

select * from final
