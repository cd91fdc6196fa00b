with commit_files as (
    select * from {{ ref('stg_git_history__commit_files') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

final as (
    select
        commits.commit_key,
        {{ surrogate_key(['commit_files.repository', 'commit_files.path']) }} as file_key,
        commits.repository_key,
        commit_files.repository,
        commit_files.sha,
        commit_files.path,
        commit_files.previous_path,
        commit_files.change_type,
        commit_files.added_line_count,
        commit_files.deleted_line_count,
        commits.committed_at
    from commit_files
    inner join commits
        on
            commit_files.repository = commits.repository
            and commit_files.sha = commits.sha
)

select * from final
