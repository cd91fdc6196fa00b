with imported as (
    {{ imported_rows('incidents') }}
),

source as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor
    from imported
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_vendor, incident_id
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from source
),

final as (
    select
        known_vendor as vendor,
        known_repository as repository,
        incident_id,
        cast(null as bigint) as incident_number,
        title,
        service as vendor_service,
        deployment_id as named_deployment_id,
        severity,
        html_url,
        cast(opened_at as timestamp) as opened_at,
        cast(acknowledged_at as timestamp) as acknowledged_at,
        cast(closed_at as timestamp) as closed_at,
        cast(coalesce(closed_at, acknowledged_at, opened_at) as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
