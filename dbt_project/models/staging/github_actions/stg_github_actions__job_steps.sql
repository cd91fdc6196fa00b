with source as (
    {{ github_rows('job_steps') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, job_id, number
            order by
                case lower(status) when 'completed' then 0 when 'in_progress' then 1 else 2 end,
                case when source_file like 'landing/webhooks/%' then 1 else 0 end,
                loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        cast(run_id as string) as run_id,
        run_attempt,
        cast(job_id as string) as job_id,
        number as step_number,
        name as step_name,
        status as vendor_status,
        conclusion as vendor_conclusion,
        cast(started_at as timestamp) as started_at,
        cast(completed_at as timestamp) as completed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
