with source as (
    select * from {{ source('quality', 'source_loads') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by source, loaded_at
            order by finished_at desc nulls last
        ) as version_rank
    from source
),

final as (
    select
        source,
        mode,
        seconds as duration_seconds,
        seen_count,
        loaded_count,
        unchanged_count,
        partial_count,
        rejected_count,
        row_count,
        byte_count,
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as finished_at,
        cast(cursor_at as timestamp) as cursor_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
