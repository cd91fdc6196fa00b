with source as (
    {{ known_repository_rows('raw_buildkite', 'builds') }}
),

-- Of two versions of one moment, the one that is over is the later: webhooks tell whole seconds.
ranked as (
    select
        *,
        row_number() over (
            partition by server, build_id
            order by
                updated_at desc nulls last,
                case when is_running then 1 else 0 end asc,
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
        number as build_number,
        name as build_name,
        known_repository as repository,
        status as vendor_status,
        conclusion as vendor_conclusion,
        cancel_reason,
        event,
        parent_build_id,
        parent_kind,
        head_branch,
        head_sha,
        pull_request_numbers,
        actor_login,
        html_url,
        duration_seconds,
        is_running,
        is_blocked,
        cast(created_at as timestamp) as created_at,
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as finished_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
