with source as (
    select * from {{ source('raw_coverage', 'files') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, file_index
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        file_index,
        path,
        package,
        lines_valid,
        lines_covered,
        branches_valid,
        branches_covered,
        functions_valid,
        functions_covered,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
