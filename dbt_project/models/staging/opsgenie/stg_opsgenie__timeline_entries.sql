with source as (
    select * from {{ source('raw_opsgenie', 'timeline_entries') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by incident_id, entry_id
            order by loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'opsgenie' as vendor,
        incident_id,
        entry_id,
        type as entry_type,
        entry_group,
        actor_type,
        is_hidden,
        cast(occurred_at as timestamp) as occurred_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
