with source as (
    {{ gitlab_rows('deployments') }}
),

ranked as (
    select
        *,
        min(coalesce(created_at, updated_at)) over (partition by server, deployment_id)
            as known_created_at,
        max(finished_at) over (partition by server, deployment_id) as known_finished_at,
        max(sha) over (partition by server, deployment_id) as known_sha,
        row_number() over (
            partition by server, deployment_id
            order by
                updated_at desc nulls last,
                created_at desc nulls last,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        server,
        known_repository as repository,
        cast(deployment_id as string) as deployment_id,
        cast(job_id as string) as job_id,
        cast(pipeline_id as string) as run_id,
        known_sha as sha,
        ref,
        environment as vendor_environment,
        status as vendor_status,
        status as outcome_word,
        false as is_named_by_hand,
        cast(known_created_at as timestamp) as created_at,
        cast(started_at as timestamp) as started_at,
        -- A deployment by API has no job, and so no end but that of its last change.
        cast(
            case
                when status in ('success', 'failed', 'canceled')
                    then coalesce(known_finished_at, updated_at)
            end as timestamp
        ) as finished_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
