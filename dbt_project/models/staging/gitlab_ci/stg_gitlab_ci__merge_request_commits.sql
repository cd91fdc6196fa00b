with source as (
    {{ gitlab_rows('merge_request_commits', is_below_request=true) }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, number, list_head_sha, sha
            order by committed_at desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        known_repository as repository,
        number as pull_request_number,
        sha,
        list_head_sha,
        author_name as author_login,
        author_email,
        cast(authored_at as timestamp) as authored_at,
        cast(committed_at as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
