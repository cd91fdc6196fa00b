with commits as (
    select * from {{ ref('stg_git_history__commits') }}
),

imported as (
    select * from {{ ref('stg_imports__commits') }}
),

-- What the history itself tells goes before what a table says about it.
final as (
    select
        repository,
        sha,
        tree_sha,
        author_name,
        author_email,
        committer_name,
        committer_email,
        subject,
        is_merge,
        authored_at,
        committed_at,
        loaded_at
    from commits
    union all
    select
        imported.repository,
        imported.sha,
        imported.tree_sha,
        imported.author_name,
        imported.author_email,
        imported.committer_name,
        imported.committer_email,
        imported.subject,
        imported.is_merge,
        imported.authored_at,
        imported.committed_at,
        imported.loaded_at
    from imported
    left join commits
        on
            imported.repository = commits.repository
            and imported.sha = commits.sha
    where commits.sha is null
)

select * from final
