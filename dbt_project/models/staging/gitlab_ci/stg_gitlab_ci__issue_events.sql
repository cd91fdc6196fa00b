with source as (
    {{ gitlab_rows('issue_events') }}
),

known_issues as (
    {{ gitlab_rows('issues') }}
),

issues as (
    select
        server,
        issue_id,
        max(number) as issue_number,
        max_by(known_repository, cast(loaded_at as string) || known_repository) as repository
    from known_issues
    group by server, issue_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by server, kind, event_id
            order by number desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        ranked.server,
        -- A saved page of events says no more of its project than the number in its address.
        coalesce(issues.repository, ranked.known_repository) as repository,
        coalesce(ranked.number, issues.issue_number) as issue_number,
        ranked.kind as event_kind,
        ranked.event_id,
        ranked.event,
        ranked.label as label_name,
        ranked.actor_login,
        cast(ranked.created_at as timestamp) as created_at,
        cast(ranked.loaded_at as timestamp) as loaded_at
    from ranked
    left join issues
        on
            ranked.server = issues.server
            and ranked.issue_id = issues.issue_id
    where ranked.version_rank = 1
)

select * from final
