with source as (
    {{ known_repository_rows('raw_quality_mesh', 'reports') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by report_id
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        report_id,
        kind,
        known_repository as repository,
        suite,
        status as vendor_status,
        head_sha,
        source_file,
        total_count,
        passed_count,
        failed_count,
        errored_count,
        skipped_count,
        finding_count,
        module_count,
        duration_seconds,
        cast(run_at as timestamp) as run_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
