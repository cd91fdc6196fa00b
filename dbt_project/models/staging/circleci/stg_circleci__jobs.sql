with source as (
    select * from {{ source('raw_circleci', 'jobs') }}
),

-- Of two versions of one moment, the one that is over is the later. Deliveries tell milliseconds,
-- but less than the API, which tells seconds.
ranked as (
    select
        *,
        row_number() over (
            partition by server, job_id
            order by
                date_trunc('second', updated_at) desc nulls last,
                case when is_running then 1 else 0 end asc,
                detail_rank desc,
                updated_at desc nulls last,
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
        job_id,
        name as job_name,
        kind as job_kind,
        status as vendor_status,
        {{ json_member('payload', 'dependencies') }} as needed_job_ids,
        is_running,
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
