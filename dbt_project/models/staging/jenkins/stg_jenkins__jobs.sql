with source as (
    select * from {{ source('raw_jenkins', 'jobs') }}
),

dated as (
    select
        *,
        max(started_at) over (partition by server, job_id) as last_started_at
    from source
),

-- A job that is deleted and made anew counts from 1 again; the newest build of a number is kept.
recent as (
    select * from dated
    where
        started_at is null
        or {{ seconds_between('started_at', 'last_started_at') }} < 3600
),

-- Several kinds of answers tell of the same thing; what is over outranks what was still running,
-- then the fuller kind counts, and what it leaves open is filled from the others.
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
    from recent
),

final as (
    select
        server,
        max_by(pipeline_path, version_number)
        filter (where pipeline_path is not null) as pipeline_path,
        max_by(build_id, version_number) filter (where build_id is not null) as build_id,
        max_by(build_number, version_number)
        filter (where build_number is not null) as build_number,
        job_id,
        max_by(name, version_number) filter (where name is not null) as job_name,
        max_by(kind, version_number) filter (where kind is not null) as job_kind,
        max_by(status, version_number) filter (where status is not null) as vendor_status,
        max_by(conclusion, version_number)
        filter (where conclusion is not null) as vendor_conclusion,
        max_by(agent_name, version_number) filter (where agent_name is not null) as agent_name,
        max_by(html_url, version_number) filter (where html_url is not null) as html_url,
        max_by(queue_seconds, version_number)
        filter (where queue_seconds is not null) as queue_seconds,
        max_by(is_running, version_number) filter (where is_running is not null) as is_running,
        max_by(cast(created_at as timestamp), version_number)
        filter (where created_at is not null)
            as created_at,
        max_by(cast(runnable_at as timestamp), version_number)
        filter (where runnable_at is not null)
            as runnable_at,
        max_by(cast(started_at as timestamp), version_number)
        filter (where started_at is not null)
            as started_at,
        max_by(cast(finished_at as timestamp), version_number)
        filter (where finished_at is not null)
            as finished_at,
        max_by(cast(updated_at as timestamp), version_number)
        filter (where updated_at is not null)
            as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, job_id
)

select * from final
