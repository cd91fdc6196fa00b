{#- The raw rows are named where they are read: a shared step would be written out whole. -#}
with newest_loads as (
    select
        report_id,
        max(loaded_at) as loaded_at
    from {{ source('raw_coverage', 'lines') }}
    group by report_id
),

-- A load that was cut off and taken up again may hold rows twice; they change no maximum.
final as (
    select
        loaded.report_id,
        loaded.file_index,
        loaded.line,
        loaded.hits,
        loaded.branches_valid,
        loaded.branches_covered,
        cast(loaded.loaded_at as timestamp) as loaded_at
    from {{ source('raw_coverage', 'lines') }} as loaded
    inner join newest_loads
        on
            loaded.report_id = newest_loads.report_id
            and loaded.loaded_at = newest_loads.loaded_at
)

select * from final
