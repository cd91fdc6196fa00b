with source as (
    {{ jenkins_newest_builds('jobs', 'server, job_id') }}
),

-- What is over outranks what was still running, then the fuller kind of answer counts.
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
        {{ fullest('pipeline_path') }} as pipeline_path,
        {{ fullest('build_id') }} as build_id,
        {{ fullest('build_number') }} as build_number,
        job_id,
        {{ fullest('name') }} as job_name,
        {{ fullest('kind') }} as job_kind,
        {{ fullest('status') }} as vendor_status,
        {{ fullest('conclusion') }} as vendor_conclusion,
        {{ fullest('agent_name') }} as agent_name,
        {{ fullest('html_url') }} as html_url,
        {{ fullest('queue_seconds') }} as queue_seconds,
        {{ fullest('is_running') }} as is_running,
        {{ fullest('cast(created_at as timestamp)') }} as created_at,
        {{ fullest('cast(runnable_at as timestamp)') }} as runnable_at,
        {{ fullest('cast(started_at as timestamp)') }} as started_at,
        {{ fullest('cast(finished_at as timestamp)') }} as finished_at,
        {{ fullest('cast(updated_at as timestamp)') }} as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, job_id
)

select * from final
