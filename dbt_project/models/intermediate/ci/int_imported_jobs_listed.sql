with jobs as (
    select * from {{ ref('stg_imports__jobs') }}
),

runs as (
    select * from {{ ref('stg_imports__runs') }}
    where environment is not null
),

-- A run that is told to have had one environment had one job, named after it.
run_jobs as (
    select
        vendor,
        repository,
        run_id,
        run_attempt,
        run_id || '/' || cast(run_attempt as string) || '/' || environment as job_id,
        workflow_name,
        environment as job_name,
        cast(null as string) as stage_name,
        vendor_status,
        vendor_conclusion,
        cast(null as string) as retried_from_job_id,
        head_sha,
        cast(null as string) as labels,
        cast(null as string) as runner_name,
        cast(null as string) as runner_group_name,
        html_url,
        cast(null as double) as vendor_queue_seconds,
        cast(null as double) as coverage_percent,
        cast(null as boolean) as is_allowed_to_fail,
        cast(null as boolean) as is_manual,
        cast(null as timestamp) as created_at,
        run_started_at as started_at,
        vendor_finished_at as completed_at,
        loaded_at
    from runs
),

final as (
    select
        vendor,
        repository,
        run_id,
        run_attempt,
        job_id,
        workflow_name,
        job_name,
        stage_name,
        vendor_status,
        vendor_conclusion,
        retried_from_job_id,
        head_sha,
        labels,
        runner_name,
        runner_group_name,
        html_url,
        vendor_queue_seconds,
        coverage_percent,
        is_allowed_to_fail,
        is_manual,
        created_at,
        started_at,
        completed_at,
        loaded_at
    from jobs
    union all
    select run_jobs.*
    from run_jobs
    left join jobs
        on
            run_jobs.vendor = jobs.vendor
            and run_jobs.repository = jobs.repository
            and run_jobs.job_id = jobs.job_id
    where jobs.job_id is null
)

select * from final
