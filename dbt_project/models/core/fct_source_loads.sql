with loads as (
    select * from {{ ref('stg_quality__source_loads') }}
),

final as (
    select
        {{ surrogate_key(['source', 'loaded_at']) }} as source_load_key,
        source,
        mode,
        seen_count,
        loaded_count,
        unchanged_count,
        partial_count,
        rejected_count,
        row_count,
        byte_count,
        duration_seconds,
        started_at,
        finished_at,
        cursor_at,
        loaded_at
    from loads
)

select * from final
