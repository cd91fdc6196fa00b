with drift as (
    select * from {{ ref('fct_schema_drift') }}
),

loads as (
    select * from {{ ref('fct_source_loads') }}
),

newest_loads as (
    select
        source,
        max(loaded_at) as newest_loaded_at
    from loads
    group by source
),

gathered as (
    select
        source,
        object_kind,
        field_path,
        drift_kind,
        example_type,
        max_by(usual_type, loaded_at) as usual_type,
        cast(sum(object_count) as bigint) as object_count,
        count(*) as load_count,
        max(is_read) as is_read,
        min(loaded_at) as first_seen_at,
        max(loaded_at) as last_seen_at
    from drift
    group by source, object_kind, field_path, drift_kind, example_type
),

final as (
    select
        {{ surrogate_key([
            'gathered.source', 'object_kind', 'field_path', 'drift_kind', 'example_type',
        ]) }} as schema_drift_key,
        gathered.source,
        gathered.object_kind,
        gathered.field_path,
        gathered.drift_kind,
        gathered.usual_type,
        gathered.example_type,
        gathered.object_count,
        gathered.load_count,
        gathered.is_read,
        gathered.last_seen_at = newest_loads.newest_loaded_at as is_in_newest_load,
        gathered.first_seen_at,
        gathered.last_seen_at
    from gathered
    inner join newest_loads on gathered.source = newest_loads.source
)

select * from final
