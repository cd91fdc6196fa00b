with source as (
    {{ known_repository_rows('raw_git_history', 'commits') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, sha
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        sha,
        tree_sha,
        author_name,
        author_email,
        committer_name,
        committer_email,
        subject,
        body,
        is_merge,
        cast(authored_at as timestamp) as authored_at,
        cast(committed_at as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
