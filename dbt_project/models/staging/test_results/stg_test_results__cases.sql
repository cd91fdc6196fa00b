with source as (
    select * from {{ source('raw_test_results', 'cases') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, case_index
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        case_index,
        suite_index,
        suite_path,
        suite_name,
        class_name,
        name as test_name,
        parameters,
        file,
        line,
        status as verdict,
        failure_type,
        failure_message,
        failure_hash,
        owner_tag,
        duration_seconds,
        retry_index,
        is_final,
        has_system_out,
        has_system_err,
        is_synthetic,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
