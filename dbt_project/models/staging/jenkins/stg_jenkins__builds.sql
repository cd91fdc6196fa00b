with source as (
    {{ jenkins_newest_builds('builds', 'server, build_id') }}
),

-- What is over outranks what was still running, then the fuller kind of answer counts.
versions as (
    select
        source.*,
        coalesce(known_names.known_repository, source.repository) as known_repository,
        row_number() over (
            partition by source.server, source.build_id
            order by
                case when source.is_running then 0 else 1 end asc,
                source.detail_rank asc,
                source.updated_at asc nulls first,
                source.loaded_at asc,
                source.payload asc
        ) as version_number
    from source
    left join ({{ known_repository_names() }}) as known_names
        on source.repository = known_names.repository
),

final as (
    select
        server,
        {{ fullest('pipeline_path') }} as pipeline_path,
        build_id,
        {{ fullest('number') }} as build_number,
        {{ fullest('name') }} as build_name,
        {{ fullest('known_repository') }} as repository,
        {{ fullest('status') }} as vendor_status,
        {{ fullest('conclusion') }} as vendor_conclusion,
        {{ fullest('cancel_reason') }} as cancel_reason,
        {{ fullest('event') }} as event,  -- noqa: RF04
        {{ fullest('causes') }} as causes,
        {{ fullest('parent_build_id') }} as parent_build_id,
        {{ fullest('parent_kind') }} as parent_kind,
        {{ fullest('head_branch') }} as head_branch,
        {{ fullest('head_sha') }} as head_sha,
        {{ fullest('pull_request_numbers') }} as pull_request_numbers,
        {{ fullest('actor_login') }} as actor_login,
        {{ fullest('agent_name') }} as agent_name,
        {{ fullest('html_url') }} as html_url,
        {{ fullest('queue_seconds') }} as queue_seconds,
        {{ fullest('duration_seconds') }} as duration_seconds,
        {{ fullest('is_running') }} as is_running,
        {{ fullest('cast(created_at as timestamp)') }} as created_at,
        {{ fullest('cast(started_at as timestamp)') }} as started_at,
        {{ fullest('cast(finished_at as timestamp)') }} as finished_at,
        {{ fullest('cast(updated_at as timestamp)') }} as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, build_id
)

select * from final
