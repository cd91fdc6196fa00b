with source as (
    select * from {{ source('raw_opsgenie', 'incidents') }}
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
        'opsgenie' as vendor,
        incident_id,
        tiny_id,
        message as title,
        description,
        status,
        priority,
        tags,
        service_ids,
        extra_properties,
        owner_team,
        html_url,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(impact_start_at as timestamp) as impact_start_at,
        cast(impact_end_at as timestamp) as impact_end_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
