with commit_files as (
    select * from {{ ref('fct_commit_files') }}
),

ownership as (
    select * from {{ ref('dim_ownership') }}
    where team is not null
),

final as (
    select
        commit_files.commit_key,
        ownership.team_key,
        commit_files.repository,
        commit_files.sha,
        ownership.team,
        count(*) as path_count
    from commit_files
    inner join ownership
        on
            commit_files.file_key = ownership.file_key
            and commit_files.committed_at >= ownership.valid_from
            and commit_files.committed_at < ownership.valid_to
    group by
        commit_files.commit_key, ownership.team_key, commit_files.repository, commit_files.sha,
        ownership.team
)

select * from final
