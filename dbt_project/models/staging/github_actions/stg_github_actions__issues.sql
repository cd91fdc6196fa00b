with source as (
    {{ github_rows('issues') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, number
            order by
                updated_at desc nulls last,
                case when source_file like 'landing/webhooks/%' then 1 else 0 end,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        number as issue_number,
        issue_id,
        state,
        title,
        body,
        author_login,
        labels,
        html_url,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(closed_at as timestamp) as closed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
