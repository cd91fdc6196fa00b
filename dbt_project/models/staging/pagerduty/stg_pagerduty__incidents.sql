with source as (
    select * from {{ source('raw_pagerduty', 'incidents') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by incident_id
            order by updated_at desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'pagerduty' as vendor,
        incident_id,
        incident_number,
        title,
        description,
        status,
        urgency,
        priority,
        service_id,
        service_name,
        escalation_policy,
        {{ json_member('payload', 'resolve_reason') }} as resolve_reason,
        html_url,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(acknowledged_at as timestamp) as acknowledged_at,
        cast(resolved_at as timestamp) as resolved_at,
        cast(last_status_change_at as timestamp) as last_status_change_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
