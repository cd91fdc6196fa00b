with incidents as (
    select * from {{ ref('stg_recorded__incidents') }}
),

final as (
    select
        vendor,
        repository,
        incident_id,
        cast(null as bigint) as incident_number,
        title,
        service as vendor_service,
        named_deployment_id,
        severity,
        opened_at,
        acknowledged_at,
        closed_at,
        html_url,
        loaded_at
    from incidents
)

select * from final
