with source as (
    select * from {{ source('raw_mutation', 'mutants') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, mutant_index
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        mutant_index,
        file,
        line,
        end_line,
        class_name,
        function_name,
        operator,
        replacement,
        status as verdict,
        vendor_status,
        killing_tests,
        covering_test_count,
        duration_seconds,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
