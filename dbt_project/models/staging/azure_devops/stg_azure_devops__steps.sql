with source as (
    select * from {{ source('raw_azure_devops', 'steps') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by server, step_id
            order by
                case when is_running then 1 else 0 end asc,
                updated_at desc nulls last,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        server,
        build_id,
        job_id,
        step_id,
        number as step_number,
        name as step_name,
        kind as task_name,
        status as vendor_status,
        conclusion as vendor_conclusion,
        error_message,
        is_running,
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as finished_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
