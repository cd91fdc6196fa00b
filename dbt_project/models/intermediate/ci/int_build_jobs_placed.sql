with builds as (
    select * from {{ ref('int_builds_placed') }}
),

jobs as (
    select * from {{ ref('int_build_jobs_united') }}
),

-- A job that came alone names its build by number.
final as (
    select
        builds.vendor,
        builds.repository,
        builds.run_id,
        builds.run_attempt,
        jobs.job_id,
        builds.workflow_name,
        case when jobs.vendor = 'jenkins' then builds.workflow_name else jobs.job_name end
            as job_name,
        jobs.stage_name,
        jobs.vendor_status,
        jobs.vendor_conclusion,
        jobs.retried_from_job_id,
        builds.head_sha,
        jobs.labels,
        jobs.agent_name as runner_name,
        jobs.queue_name as runner_group_name,
        jobs.html_url,
        jobs.queue_seconds as vendor_queue_seconds,
        cast(null as double) as coverage_percent,
        jobs.is_soft_failed as is_allowed_to_fail,
        coalesce(jobs.job_kind in ('manual', 'block', 'input', 'approval'), false) as is_manual,
        jobs.queued_at as created_at,
        jobs.started_at,
        jobs.finished_at as completed_at,
        jobs.loaded_at
    from jobs
    inner join builds
        on
            jobs.vendor = builds.vendor
            and coalesce(jobs.server, '') = coalesce(builds.server, '')
            and jobs.pipeline_path = builds.pipeline_path
            and jobs.run_attempt = builds.run_attempt
            and (
                jobs.build_id = builds.run_id
                or (jobs.build_id is null and jobs.build_number = builds.run_number)
            )
)

select * from final
