with issue_events as (
    select * from {{ ref('stg_gitlab_ci__issue_events') }}
),

final as (
    select
        vendor,
        repository,
        cast(issue_number as string) as issue_id,
        event_kind as signal_kind,
        case
            when event_kind = 'label' then lower(label_name)
            when event = 'reopened' then 'opened'
            else lower(event)
        end as signal_name,
        event <> 'remove' as is_added,
        event_id as event_order,
        created_at as occurred_at,
        loaded_at
    from issue_events
    -- Of a label that was deleted since, nobody knows the name.
    where
        issue_number is not null
        and created_at is not null
        and (event_kind <> 'label' or label_name is not null)
)

select * from final
