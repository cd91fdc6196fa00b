with source as (
    select * from {{ source('raw_jenkins', 'builds') }}
),

dated as (
    select
        *,
        max(started_at) over (partition by server, build_id) as last_started_at
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
            partition by server, build_id
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
        build_id,
        max_by(number, version_number) filter (where number is not null) as build_number,
        max_by(name, version_number) filter (where name is not null) as build_name,
        max_by(repository, version_number) filter (where repository is not null) as repository,
        max_by(status, version_number) filter (where status is not null) as vendor_status,
        max_by(conclusion, version_number)
        filter (where conclusion is not null) as vendor_conclusion,
        max_by(event, version_number) filter (where event is not null) as event,  -- noqa: RF04
        max_by(causes, version_number) filter (where causes is not null) as causes,
        max_by(parent_build_id, version_number)
        filter (where parent_build_id is not null)
            as parent_build_id,
        max_by(parent_kind, version_number) filter (where parent_kind is not null) as parent_kind,
        max_by(head_branch, version_number) filter (where head_branch is not null) as head_branch,
        max_by(head_sha, version_number) filter (where head_sha is not null) as head_sha,
        max_by(pull_request_numbers, version_number)
        filter (where pull_request_numbers is not null)
            as pull_request_numbers,
        max_by(actor_login, version_number) filter (where actor_login is not null) as actor_login,
        max_by(agent_name, version_number) filter (where agent_name is not null) as agent_name,
        max_by(html_url, version_number) filter (where html_url is not null) as html_url,
        max_by(queue_seconds, version_number)
        filter (where queue_seconds is not null) as queue_seconds,
        max_by(duration_seconds, version_number)
        filter (where duration_seconds is not null)
            as duration_seconds,
        max_by(is_running, version_number) filter (where is_running is not null) as is_running,
        max_by(cast(created_at as timestamp), version_number)
        filter (where created_at is not null)
            as created_at,
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
    group by server, build_id
)

select * from final
