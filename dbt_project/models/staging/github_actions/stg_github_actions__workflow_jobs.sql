with source as (
    {{ github_rows('workflow_jobs') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, job_id
            order by
                completed_at desc nulls last,
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
        known_repository as repository,
        cast(run_id as string) as run_id,
        run_attempt,
        cast(job_id as string) as job_id,
        workflow_name,
        name as job_name,
        cast(null as string) as stage_name,
        status as vendor_status,
        conclusion as vendor_conclusion,
        cast(null as string) as retried_from_job_id,
        head_branch,
        head_sha,
        labels,
        runner_id,
        runner_name,
        runner_group_name,
        html_url,
        cast(null as double) as vendor_queue_seconds,
        cast(null as double) as coverage_percent,
        cast(null as boolean) as is_allowed_to_fail,
        cast(null as boolean) as is_manual,
        cast(created_at as timestamp) as created_at,
        -- A job that waits is shown as begun when it was made, and so is one that ended before any
        -- runner took it.
        cast(
            case
                when lower(status) in ('queued', 'waiting', 'pending', 'requested') then null
                when
                    lower(conclusion) not in ('success', 'skipped', 'neutral')
                    and coalesce(runner_id, 0) = 0
                    and payload like '%"steps":[]%'
                    then null
                else started_at
            end as timestamp
        ) as started_at,
        cast(completed_at as timestamp) as completed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
