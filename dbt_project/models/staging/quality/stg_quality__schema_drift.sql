with source as (
    select * from {{ source('quality', 'schema_drift') }}
),

final as (
    select
        source,
        object_kind,
        field_path,
        drift_kind,
        usual_type,
        example_type,
        object_count,
        is_read,
        cast(loaded_at as timestamp) as loaded_at
    from source
)

select * from final
