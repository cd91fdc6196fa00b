with source as (
    select * from {{ source('raw_mutation', 'tests') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, test_index
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        test_index,
        file,
        test_name,
        covered_mutant_count,
        only_covered_mutant_count,
        covered_files,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
