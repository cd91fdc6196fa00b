with loads as (
    select * from {{ ref('fct_source_loads') }}
),

ranked as (
    select
        *,
        row_number() over (partition by source order by loaded_at desc) as load_rank,
        count(*) over (partition by source) as load_count,
        sum(row_count) over (partition by source) as total_row_count,
        max(case when loaded_count > 0 then loaded_at end) over (partition by source)
            as last_new_at
    from loads
),

final as (
    select
        source,
        mode,
        load_count,
        seen_count,
        loaded_count,
        unchanged_count,
        partial_count,
        rejected_count,
        row_count,
        cast(total_row_count as bigint) as total_row_count,
        byte_count,
        duration_seconds,
        started_at,
        finished_at,
        cursor_at,
        last_new_at,
        loaded_at
    from ranked
    where load_rank = 1
)

select * from final
