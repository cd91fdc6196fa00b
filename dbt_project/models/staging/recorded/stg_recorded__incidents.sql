with source as (
    {{ known_repository_rows('raw_recorded', 'incidents') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by incident_id
            order by recorded_at desc, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'recorded' as vendor,
        incident_id,
        service,
        known_repository as repository,
        title,
        severity,
        named_deployment_id,
        html_url,
        cast(opened_at as timestamp) as opened_at,
        cast(acknowledged_at as timestamp) as acknowledged_at,
        cast(closed_at as timestamp) as closed_at,
        cast(recorded_at as timestamp) as recorded_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
