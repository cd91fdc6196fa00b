{{ config(materialized='table') }}

{%- set columns = [
    'report_id', 'locator', 'repository', 'run_id', 'run_attempt', 'job_id', 'artifact_id',
    'artifact_name', 'head_sha', 'path_numbers', 'content_sha256', 'parse_result',
    'source_modified_at', 'loaded_at',
] | join(', ') -%}
with united as (
    select 'test_results' as kind, {{ columns }} from {{ ref('stg_test_results__reports') }}
    union all
    select 'coverage' as kind, {{ columns }} from {{ ref('stg_coverage__reports') }}
    union all
    select 'mutation' as kind, {{ columns }} from {{ ref('stg_mutation__reports') }}
    union all
    select kind, {{ columns }} from {{ ref('int_imported_reports_gathered') }}
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
    where version_rank = 1 and parse_result not in ('error', 'gone')
)

select * from final
