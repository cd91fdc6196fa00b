with source as (
    select * from {{ source('raw_coverage', 'lines') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, file_index, line
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        file_index,
        line,
        hits,
        branches_valid,
        branches_covered,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
