with issue_events as (
    select * from {{ ref('stg_github_actions__issue_events') }}
),

final as (
    select
        vendor,
        repository,
        cast(issue_number as string) as issue_id,
        case
            when event in ('labeled', 'unlabeled') then 'label'
            when event in ('closed', 'reopened') then 'state'
            else 'event'
        end as signal_kind,
        case
            when event in ('labeled', 'unlabeled') then lower(label)
            when event = 'closed' and state_reason = 'not_planned' then 'closed as not planned'
            when event = 'reopened' then 'opened'
            else lower(event)
        end as signal_name,
        event <> 'unlabeled' as is_added,
        event_id as event_order,
        created_at as occurred_at,
        loaded_at
    from issue_events
    where
        issue_number is not null
        and created_at is not null
        and not coalesce(is_pull_request, false)
)

select * from final
