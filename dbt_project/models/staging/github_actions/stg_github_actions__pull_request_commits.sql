with source as (
    select * from {{ source('raw_github_actions', 'pull_request_commits') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by repository, number, sha
            order by loaded_at desc, position asc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        repository,
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
