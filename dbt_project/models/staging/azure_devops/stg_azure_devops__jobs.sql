with source as (
    select * from {{ source('raw_azure_devops', 'jobs') }}
),

-- What is over outranks what was still running, then the fuller kind of answer counts. An attempt
-- that was over is never opened again: the next one is a record of its own.
versions as (
    select
        *,
        row_number() over (
            partition by server, job_id
            order by
                case when is_running then 0 else 1 end asc,
                detail_rank asc,
                updated_at asc nulls first,
                loaded_at asc,
                payload asc
        ) as version_number
    from source
),

final as (
    select
        server,
        {{ fullest('build_id') }} as build_id,
        job_id,
        {{ fullest('name') }} as job_name,
        {{ fullest('kind') }} as job_kind,
        {{ fullest('stage_name') }} as stage_name,
        {{ fullest('attempt') }} as attempt,
        {{ fullest('status') }} as vendor_status,
        {{ fullest('conclusion') }} as vendor_conclusion,
        {{ fullest('cancel_reason') }} as cancel_reason,
        {{ fullest('queue_name') }} as queue_id,
        {{ fullest('agent_name') }} as agent_name,
        {{ fullest('is_running') }} as is_running,
        {{ fullest('cast(runnable_at as timestamp)') }} as runnable_at,
        {{ fullest('cast(started_at as timestamp)') }} as started_at,
        {{ fullest('cast(finished_at as timestamp)') }} as finished_at,
        {{ fullest('cast(updated_at as timestamp)') }} as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, job_id
)

select * from final
