with builds as (
    select * from {{ ref('int_builds_placed') }}
),

jobs as (
    select
        'jenkins' as vendor,
        server,
        pipeline_path,
        build_id,
        build_number,
        job_id,
        job_name,
        job_kind,
        cast(null as string) as stage_name,
        vendor_status,
        vendor_conclusion,
        cast(null as string) as retried_from_job_id,
        cast(null as string) as labels,
        agent_name,
        cast(null as string) as queue_name,
        html_url,
        queue_seconds,
        cast(null as boolean) as is_soft_failed,
        case when queue_seconds is not null then created_at end as queued_at,
        started_at,
        finished_at,
        loaded_at
    from {{ ref('stg_jenkins__jobs') }}
    union all
    select
        'buildkite' as vendor,
        server,
        pipeline_path,
        build_id,
        build_number,
        job_id,
        job_name,
        job_kind,
        stage_name,
        vendor_status,
        -- why the agent, and not the command, ended the job
        case when lower(vendor_status) = 'failed' then cancel_reason end as vendor_conclusion,
        retried_from_job_id,
        labels,
        agent_name,
        queue_name,
        html_url,
        cast(null as double) as queue_seconds,
        is_soft_failed,
        -- from when it was made until it could run, a job waits for others and not for an agent
        case when started_at is null then coalesce(runnable_at, created_at) else runnable_at end
            as queued_at,
        started_at,
        finished_at,
        loaded_at
    from {{ ref('stg_buildkite__jobs') }}
    -- a wait step is a line between jobs
    where coalesce(job_kind, '') not in ('waiter', 'wait')
    union all
    select
        'circleci' as vendor,
        server,
        pipeline_path,
        build_id,
        cast(null as bigint) as build_number,
        job_id,
        job_name,
        job_kind,
        cast(null as string) as stage_name,
        vendor_status,
        cast(null as string) as vendor_conclusion,
        cast(null as string) as retried_from_job_id,
        cast(null as string) as labels,
        cast(null as string) as agent_name,
        cast(null as string) as queue_name,
        cast(null as string) as html_url,
        cast(null as double) as queue_seconds,
        cast(null as boolean) as is_soft_failed,
        runnable_at as queued_at,
        started_at,
        finished_at,
        loaded_at
    from {{ ref('stg_circleci__jobs') }}
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
            and (
                jobs.build_id = builds.run_id
                or (jobs.build_id is null and jobs.build_number = builds.run_number)
            )
)

select * from final
