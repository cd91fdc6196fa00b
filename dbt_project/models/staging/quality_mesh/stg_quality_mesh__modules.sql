with source as (
    select * from {{ source('raw_quality_mesh', 'modules') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, module_index
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        module_index,
        file,
        domain,
        test_count,
        is_journey,
        is_smoke,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
