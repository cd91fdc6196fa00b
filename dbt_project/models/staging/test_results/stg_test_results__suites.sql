with source as (
    select * from {{ source('raw_test_results', 'suites') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id, suite_index
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        suite_index,
        parent_suite_index,
        suite_path,
        name as suite_name,
        package,
        file,
        hostname,
        properties,
        time_seconds,
        declared_tests,
        declared_failed,
        declared_errored,
        declared_skipped,
        test_count,
        passed_count,
        failed_count,
        errored_count,
        skipped_count,
        cast(started_at as timestamp) as started_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
