with blames as (
    select * from {{ ref('stg_git_history__blamed_fixes') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

origins as (
    select
        repository,
        fix_sha,
        count(*) as blamed_origin_count
    from {{ ref('int_defect_origins_blamed') }}
    group by repository, fix_sha
),

final as (
    select
        commits.commit_key as fix_commit_key,
        commits.repository_key,
        blames.repository,
        blames.fix_sha,
        blames.blame_state,
        blames.file_count,
        blames.blamed_file_count,
        blames.binary_file_count,
        blames.foreign_file_count,
        blames.large_file_count,
        blames.unreadable_file_count,
        blames.deleted_line_count,
        blames.kept_line_count,
        blames.blamed_line_count,
        coalesce(origins.blamed_origin_count, 0) as blamed_origin_count,
        commits.committed_at,
        blames.loaded_at
    from blames
    inner join commits
        on
            blames.repository = commits.repository
            and blames.fix_sha = commits.sha
    left join origins
        on
            blames.repository = origins.repository
            and blames.fix_sha = origins.fix_sha
)

select * from final
