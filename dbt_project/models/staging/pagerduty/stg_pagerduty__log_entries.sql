with source as (
    select * from {{ source('raw_pagerduty', 'log_entries') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by log_entry_id
            order by loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'pagerduty' as vendor,
        log_entry_id,
        incident_id,
        type as log_entry_type,
        agent_id,
        agent_type,
        channel_type,
        html_url,
        cast(created_at as timestamp) as created_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
