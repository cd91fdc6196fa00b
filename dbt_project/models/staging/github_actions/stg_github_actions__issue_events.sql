with source as (
    {{ github_rows('issue_events') }}
),

-- The same event comes with its issue (list of the repository) and without (list of the issue).
ranked as (
    select
        *,
        max(number) over (partition by known_repository, event_id) as known_number,
        row_number() over (
            partition by known_repository, event_id
            order by loaded_at desc, payload desc, number desc nulls last
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        known_repository as repository,
        known_number as issue_number,
        event_id,
        event,
        actor_login,
        label,
        subject_login,
        milestone,
        commit_sha,
        state_reason,
        is_pull_request,
        cast(created_at as timestamp) as created_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
