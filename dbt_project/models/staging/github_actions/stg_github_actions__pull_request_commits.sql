with source as (
    {{ github_rows('pull_request_commits') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, number, sha
            order by loaded_at desc, position asc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        known_repository as repository,
        number as pull_request_number,
        sha,
        position,
        author_login,
        cast(authored_at as timestamp) as authored_at,
        cast(committed_at as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
