with source as (
    select * from {{ source('raw_coverage', 'lines') }}
),

newest_loads as (
    select
        report_id,
        max(loaded_at) as loaded_at
    from source
    group by report_id
),

-- A load that was cut off and taken up again may hold rows twice; they change no maximum.
final as (
    select
        source.report_id,
        source.file_index,
        source.line,
        source.hits,
        source.branches_valid,
        source.branches_covered,
        cast(source.loaded_at as timestamp) as loaded_at
    from source
    inner join newest_loads
        on
            source.report_id = newest_loads.report_id
            and source.loaded_at = newest_loads.loaded_at
)

select * from final
