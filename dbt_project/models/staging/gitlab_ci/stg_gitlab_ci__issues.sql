with source as (
    select * from {{ source('raw_gitlab_ci', 'issues') }}
),

projects as (
    select
        server,
        project_id as repository_id,
        max_by(repository, cast(loaded_at as string) || repository) as repository
    from {{ source('raw_gitlab_ci', 'projects') }}
    group by server, project_id
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
        ranked.server,
        coalesce(projects.repository, ranked.repository, 'project ' || ranked.project_id)
            as repository,
        ranked.issue_id,
        ranked.number as issue_number,
        ranked.state,
        ranked.issue_type,
        ranked.title,
        ranked.body,
        ranked.known_author_login as author_login,
        ranked.labels,
        ranked.severity,
        ranked.html_url,
        cast(ranked.created_at as timestamp) as created_at,
        cast(ranked.updated_at as timestamp) as updated_at,
        cast(case when ranked.state = 'closed' then ranked.known_closed_at end as timestamp)
            as closed_at,
        cast(ranked.loaded_at as timestamp) as loaded_at
    from ranked
    left join projects
        on
            ranked.server = projects.server
            and ranked.project_id = projects.repository_id
    where ranked.version_rank = 1
)

select * from final
