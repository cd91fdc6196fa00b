with source as (
    select * from {{ source('raw_pagerduty', 'services') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by service_id
            order by loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'pagerduty' as vendor,
        service_id,
        name as service_name,
        status,
        description,
        html_url,
        cast(created_at as timestamp) as created_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
