with source as (
    {{ github_rows('pull_request_reviews') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, number, review_id
            order by
                submitted_at desc nulls last,
                case when upper(state) = 'DISMISSED' then 0 else 1 end,
                case when source_file like 'landing/webhooks/%' then 1 else 0 end,
                loaded_at desc,
                state asc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        known_repository as repository,
        number as pull_request_number,
        cast(review_id as string) as review_id,
        reviewer_login,
        state,
        commit_sha,
        cast(submitted_at as timestamp) as submitted_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
