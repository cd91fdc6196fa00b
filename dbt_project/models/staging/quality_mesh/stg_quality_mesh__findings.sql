with source as (
    select * from {{ source('raw_quality_mesh', 'findings') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, finding_index
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        finding_index,
        kind as finding_kind,
        test_name,
        domain,
        severity,
        category,
        title,
        message,
        source_files,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
