with source as (
    {{ known_repository_rows('raw_mutation', 'reports') }}
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
        locator,
        known_repository as repository,
        run_id,
        run_attempt,
        job_id,
        artifact_id,
        artifact_name,
        head_sha,
        path_numbers,
        content_sha256,
        format,
        generator,
        parse as parse_result,
        error,
        mutant_count,
        detected_count,
        undetected_count,
        invalid_count,
        ignored_count,
        file_count,
        size_bytes,
        is_complete,
        cast(source_modified_at as timestamp) as source_modified_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
