{{ config(materialized='table') }}

{#- Read by many views; the rows of a large import are summed up once. -#}
with test_results as (
    select * from {{ ref('stg_imports__test_results') }}
),

coverage as (
    select * from {{ ref('stg_imports__coverage') }}
),

rows_of_reports as (
    select
        'test_results' as kind,
        report_id,
        source_file,
        repository,
        run_id,
        run_attempt,
        job_id,
        job_name as artifact_name,
        head_sha,
        started_at as reported_at,
        loaded_at
    from test_results
    union all
    select
        'coverage' as kind,
        report_id,
        source_file,
        repository,
        run_id,
        run_attempt,
        job_id,
        upload_name as artifact_name,
        head_sha,
        cast(null as timestamp) as reported_at,
        loaded_at
    from coverage
),

final as (
    select
        kind,
        report_id,
        'import:' || max(source_file) || ':' || report_id as locator,
        max(repository) as repository,
        max(run_id) as run_id,
        max(run_attempt) as run_attempt,
        max(job_id) as job_id,
        cast(null as string) as artifact_id,
        max(artifact_name) as artifact_name,
        max(head_sha) as head_sha,
        '[]' as path_numbers,
        report_id as content_sha256,
        'ok' as parse_result,
        max(reported_at) as source_modified_at,
        max(loaded_at) as loaded_at
    from rows_of_reports
    group by kind, report_id
)

select * from final
