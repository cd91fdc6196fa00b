with imported as (
    {{ imported_rows('jobs') }}
),

source as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor,
        coalesce(run_attempt, 1) as known_attempt,
        coalesce(
            job_id, run_id || '/' || cast(coalesce(run_attempt, 1) as string) || '/' || job_name
        ) as known_job_id
    from imported
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_vendor, known_repository, known_job_id
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from source
),

final as (
    select
        known_vendor as vendor,
        known_repository as repository,
        run_id,
        known_attempt as run_attempt,
        known_job_id as job_id,
        coalesce(workflow_name, 'imported') as workflow_name,
        job_name,
        stage_name,
        cast(null as string) as vendor_status,
        coalesce(result, 'neutral') as vendor_conclusion,
        vendor_result,
        cast(null as string) as retried_from_job_id,
        head_branch,
        head_sha,
        labels,
        runner_name,
        runner_group_name,
        html_url,
        queue_seconds as vendor_queue_seconds,
        cast(null as double) as coverage_percent,
        is_allowed_to_fail,
        is_manual,
        cast(created_at as timestamp) as created_at,
        cast(started_at as timestamp) as started_at,
        {{ instant_after('started_at', 'duration_seconds', 'finished_at') }} as completed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
