with test_reports as (
    select * from {{ ref('stg_test_results__reports') }}
),

coverage_reports as (
    select * from {{ ref('stg_coverage__reports') }}
),

mutation_reports as (
    select * from {{ ref('stg_mutation__reports') }}
),

imported_reports as (
    select * from {{ ref('int_imported_reports_gathered') }}
),

united as (
    select
        'test_results' as kind,
        report_id,
        locator,
        repository,
        run_id,
        run_attempt,
        job_id,
        artifact_id,
        artifact_name,
        head_sha,
        path_numbers,
        content_sha256,
        parse_result,
        source_modified_at,
        loaded_at
    from test_reports
    union all
    select
        'coverage' as kind,
        report_id,
        locator,
        repository,
        run_id,
        run_attempt,
        job_id,
        artifact_id,
        artifact_name,
        head_sha,
        path_numbers,
        content_sha256,
        parse_result,
        source_modified_at,
        loaded_at
    from coverage_reports
    union all
    select
        'mutation' as kind,
        report_id,
        locator,
        repository,
        run_id,
        run_attempt,
        job_id,
        artifact_id,
        artifact_name,
        head_sha,
        path_numbers,
        content_sha256,
        parse_result,
        source_modified_at,
        loaded_at
    from mutation_reports
    union all
    select
        kind,
        report_id,
        locator,
        repository,
        run_id,
        run_attempt,
        job_id,
        artifact_id,
        artifact_name,
        head_sha,
        path_numbers,
        content_sha256,
        parse_result,
        source_modified_at,
        loaded_at
    from imported_reports
),

ranked as (
    select
        *,
        -- A corrected file replaces the one it was; a broken one never replaces a readable one.
        row_number() over (
            partition by kind, locator
            order by
                case when parse_result = 'error' then 1 else 0 end,
                loaded_at desc,
                report_id desc
        ) as version_rank
    from united
),

final as (
    select
        kind,
        report_id,
        locator,
        repository,
        run_id,
        run_attempt,
        job_id,
        artifact_id,
        artifact_name,
        head_sha,
        path_numbers,
        content_sha256,
        coalesce(source_modified_at, loaded_at) as reported_at,
        loaded_at
    from ranked
    where version_rank = 1 and parse_result <> 'error'
)

select * from final
