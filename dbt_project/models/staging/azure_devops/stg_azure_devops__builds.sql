with source as (
    {{ known_repository_rows('raw_azure_devops', 'builds') }}
),

-- Of two versions of one moment, the one that is over is the later; then the fuller kind of answer
-- counts. A stage that is run again opens a build that was over.
versions as (
    select
        *,
        {{ json_member('payload', 'queue.id') }} as queue_id,
        coalesce(lower({{ json_member('payload', 'validationResults') }}) like '%"error"%', false)
            as is_invalid,
        row_number() over (
            partition by server, build_id
            order by
                date_trunc('second', updated_at) asc nulls first,
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
        build_id,
        {{ fullest('number') }} as build_number,
        {{ fullest('name') }} as build_name,
        {{ fullest('known_repository') }} as repository,
        {{ fullest('status') }} as vendor_status,
        {{ fullest('conclusion') }} as vendor_conclusion,
        {{ fullest('event') }} as event,  -- noqa: RF04
        {{ fullest('parent_build_id') }} as parent_build_id,
        {{ fullest('head_branch') }} as head_branch,
        {{ fullest('head_sha') }} as head_sha,
        {{ fullest('pull_request_numbers') }} as pull_request_numbers,
        {{ fullest('actor_login') }} as actor_login,
        {{ fullest('queue_id') }} as queue_id,
        {{ fullest('agent_name') }} as queue_name,
        {{ fullest('html_url') }} as html_url,
        {{ fullest('is_running') }} as is_running,
        {{ fullest('is_invalid') }} as is_invalid,
        {{ fullest('cast(created_at as timestamp)') }} as created_at,
        {{ fullest('cast(started_at as timestamp)') }} as started_at,
        {{ fullest('cast(finished_at as timestamp)') }} as finished_at,
        {{ fullest('cast(updated_at as timestamp)') }} as updated_at,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, build_id
)

select * from final
