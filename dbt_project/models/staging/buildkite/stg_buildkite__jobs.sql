with source as (
    select * from {{ source('raw_buildkite', 'jobs') }}
),

-- Of two versions of one moment, the one that is over is the later: webhooks tell whole seconds.
ranked as (
    select
        *,
        row_number() over (
            partition by server, job_id
            order by
                updated_at desc nulls last,
                case when is_running then 1 else 0 end asc,
                case when is_retried then 1 else 0 end desc,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        server,
        pipeline_path,
        build_id,
        build_number,
        job_id,
        name as job_name,
        kind as job_kind,
        stage_name,
        step_key,
        status as vendor_status,
        exit_status,
        cancel_reason,
        retried_in_job_id,
        retried_from_job_id,
        retries_count,
        retry_kind,
        parallel_index,
        parallel_count,
        matrix,
        labels,
        queue_name,
        agent_name,
        triggered_build_id,
        html_url,
        is_running,
        is_soft_failed,
        is_retried,
        cast(created_at as timestamp) as created_at,
        cast(runnable_at as timestamp) as runnable_at,
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as finished_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
