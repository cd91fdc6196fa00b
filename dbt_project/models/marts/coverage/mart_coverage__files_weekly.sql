with files as (
    select * from {{ ref('fct_coverage_files') }}
    where is_complete and is_default_branch
),

commits as (
    select
        *,
        {{ week_start('commit_date') }} as week_start_date,
        row_number() over (
            partition by repository, {{ week_start('commit_date') }}
            order by commit_at desc, head_sha asc
        ) as week_rank
    from {{ ref('mart_coverage__commits') }}
    where is_complete and is_default_branch
),

dimension as (
    select * from {{ ref('dim_files') }}
),

final as (
    select
        {{ surrogate_key(['files.file_key', 'commits.week_start_date']) }} as file_week_key,
        files.file_key,
        files.repository_key,
        files.team_key,
        files.service_key,
        files.repository,
        files.path,
        files.head_sha,
        files.team,
        files.service,
        files.valid_line_count,
        files.covered_line_count,
        files.partial_line_count,
        cast(files.covered_line_count as double) / nullif(files.valid_line_count, 0)
            as coverage_ratio,
        coalesce(dimension.is_critical, false) as is_critical,
        commits.week_start_date
    from files
    inner join commits
        on
            files.repository_key = commits.repository_key
            and files.head_sha = commits.head_sha
            and commits.week_rank = 1
    left join dimension
        on files.file_key = dimension.file_key
)

select * from final
