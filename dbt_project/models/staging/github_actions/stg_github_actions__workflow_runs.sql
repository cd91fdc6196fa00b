with source as (
    {{ github_rows('workflow_runs') }}
),

-- The vendor names requests that are open when it is asked; what it said first is what was built.
pull_requests as (
    select
        known_repository,
        run_id,
        min_by(pull_request_numbers, cast(loaded_at as string) || pull_request_numbers)
            as pull_request_numbers
    from source
    where pull_request_numbers <> '[]'
    group by known_repository, run_id
),

heads as (
    {{ github_named_heads(['known_repository', 'run_id']) }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, run_id, run_attempt
            order by
                updated_at desc nulls last,
                case lower(status) when 'completed' then 0 when 'in_progress' then 1 else 2 end,
                case when source_file like 'landing/webhooks/%' then 1 else 0 end,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        ranked.known_repository as repository,
        cast(ranked.run_id as string) as run_id,
        ranked.run_attempt,
        ranked.run_number,
        cast(ranked.workflow_id as string) as workflow_id,
        ranked.workflow_name,
        ranked.workflow_path,
        ranked.display_title,
        ranked.event,
        ranked.status as vendor_status,
        ranked.conclusion as vendor_conclusion,
        cast(null as string) as cancel_reason,
        ranked.head_branch,
        ranked.head_sha,
        {{ github_head_repository('ranked', '"head_repository":null') }} as head_repository,
        ranked.actor_login,
        ranked.actor_type,
        ranked.triggering_actor_login,
        coalesce(pull_requests.pull_request_numbers, ranked.pull_request_numbers)
            as pull_request_numbers,
        cast(null as string) as parent_run_id,
        ranked.html_url,
        cast(null as double) as vendor_duration_seconds,
        cast(null as double) as coverage_percent,
        cast(ranked.created_at as timestamp) as created_at,
        cast(ranked.run_started_at as timestamp) as run_started_at,
        cast(null as timestamp) as vendor_finished_at,
        cast(ranked.updated_at as timestamp) as updated_at,
        cast(ranked.loaded_at as timestamp) as loaded_at
    from ranked
    left join pull_requests
        on
            ranked.known_repository = pull_requests.known_repository
            and ranked.run_id = pull_requests.run_id
    left join heads
        on
            ranked.known_repository = heads.known_repository
            and ranked.run_id = heads.run_id
    where ranked.version_rank = 1
)

select * from final
