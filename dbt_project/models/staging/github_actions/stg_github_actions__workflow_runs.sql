with source as (
    select * from {{ source('raw_github_actions', 'workflow_runs') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by repository, run_id, run_attempt
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
        repository,
        cast(run_id as string) as run_id,
        run_attempt,
        run_number,
        cast(workflow_id as string) as workflow_id,
        workflow_name,
        workflow_path,
        display_title,
        event,
        status as vendor_status,
        conclusion as vendor_conclusion,
        cast(null as string) as cancel_reason,
        head_branch,
        head_sha,
        head_repository,
        actor_login,
        actor_type,
        triggering_actor_login,
        pull_request_numbers,
        cast(null as string) as parent_run_id,
        html_url,
        cast(null as double) as vendor_duration_seconds,
        cast(null as double) as coverage_percent,
        cast(created_at as timestamp) as created_at,
        cast(run_started_at as timestamp) as run_started_at,
        cast(null as timestamp) as vendor_finished_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
