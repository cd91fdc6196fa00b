with final as (
    select
        'jenkins' as vendor,
        server,
        pipeline_path,
        build_id,
        1 as run_attempt,
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
        1 as run_attempt,
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
        1 as run_attempt,
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
    union all
    -- The timeline names neither pipeline nor pool; the pool of a build is known by its name.
    select
        'azure_devops' as vendor,
        jobs.server,
        builds.pipeline_path,
        jobs.build_id,
        coalesce(jobs.attempt, 1) as run_attempt,
        cast(null as bigint) as build_number,
        jobs.job_id,
        jobs.job_name,
        jobs.job_kind,
        jobs.stage_name,
        jobs.vendor_status,
        case
            when
                lower(jobs.vendor_conclusion) = 'canceled'
                and jobs.cancel_reason like '%ran longer than the maximum time%'
                then 'timed_out'
            else jobs.vendor_conclusion
        end as vendor_conclusion,
        cast(null as string) as retried_from_job_id,
        cast(null as string) as labels,
        jobs.agent_name,
        case when jobs.queue_id = builds.queue_id then builds.queue_name else jobs.queue_id end
            as queue_name,
        builds.html_url || '&view=logs&j=' || split_part(jobs.job_id, ':', 2) as html_url,
        cast(null as double) as queue_seconds,
        cast(null as boolean) as is_soft_failed,
        jobs.runnable_at as queued_at,
        jobs.started_at,
        jobs.finished_at,
        jobs.loaded_at
    from {{ ref('stg_azure_devops__jobs') }} as jobs
    inner join {{ ref('stg_azure_devops__builds') }} as builds
        on
            jobs.server = builds.server
            and jobs.build_id = builds.build_id
)

select * from final
