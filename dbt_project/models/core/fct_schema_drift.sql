with drift as (
    select * from {{ ref('stg_quality__schema_drift') }}
),

final as (
    select
        {{ surrogate_key([
            'source', 'object_kind', 'field_path', 'drift_kind', 'example_type', 'loaded_at',
        ]) }} as schema_drift_key,
        source,
        object_kind,
        field_path,
        drift_kind,
        usual_type,
        example_type,
        object_count,
        is_read,
        loaded_at
    from drift
)

select * from final
