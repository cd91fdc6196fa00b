with source as (
    {{ gitlab_rows('merge_request_reviews', is_below_request=true) }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, number, review_id
            order by submitted_at desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        known_repository as repository,
        number as pull_request_number,
        review_id,
        reviewer_login,
        state,
        cast(submitted_at as timestamp) as submitted_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
