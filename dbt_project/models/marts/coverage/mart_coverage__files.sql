with files as (
    select * from {{ ref('fct_coverage_files') }}
),

commits as (
    select * from {{ ref('mart_coverage__commits') }}
    where is_newest_complete
),

dimension as (
    select * from {{ ref('dim_files') }}
),

final as (
    select
        files.coverage_file_key,
        files.file_key,
        files.repository_key,
        files.team_key,
        files.service_key,
        files.repository,
        files.path,
        files.head_sha,
        files.team,
        files.service,
        files.ownership_rule,
        files.valid_line_count,
        files.covered_line_count,
        files.partial_line_count,
        files.valid_branch_count,
        files.covered_branch_count,
        cast(files.covered_line_count as double) / nullif(files.valid_line_count, 0)
            as coverage_ratio,
        coalesce(dimension.is_critical, false) as is_critical,
        files.commit_date,
        files.commit_at
    from files
    inner join commits
        on
            files.repository_key = commits.repository_key
            and files.head_sha = commits.head_sha
    left join dimension
        on files.file_key = dimension.file_key
)

select * from final
