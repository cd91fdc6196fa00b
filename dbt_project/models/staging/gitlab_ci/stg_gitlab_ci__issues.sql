with source as (
    {{ gitlab_rows('issues') }}
),

ranked as (
    select
        *,
        max(author_login) over (partition by server, issue_id) as known_author_login,
        max(closed_at) over (partition by server, issue_id) as known_closed_at,
        row_number() over (
            partition by server, issue_id
            order by
                updated_at desc nulls last,
                author_login desc nulls last,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        server,
        known_repository as repository,
        issue_id,
        number as issue_number,
        state,
        issue_type,
        title,
        body,
        known_author_login as author_login,
        labels,
        severity,
        html_url,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(case when state = 'closed' then known_closed_at end as timestamp)
            as closed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
