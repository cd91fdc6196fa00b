with source as (
    select * from {{ source('raw_gitlab_ci', 'deployments') }}
),

projects as (
    select
        server,
        project_id as repository_id,
        max_by(repository, cast(loaded_at as string) || repository) as repository
    from {{ source('raw_gitlab_ci', 'projects') }}
    group by server, project_id
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
        ranked.server,
        coalesce(projects.repository, ranked.repository, 'project ' || ranked.project_id)
            as repository,
        cast(ranked.deployment_id as string) as deployment_id,
        cast(ranked.job_id as string) as job_id,
        cast(ranked.pipeline_id as string) as run_id,
        ranked.known_sha as sha,
        ranked.ref,
        ranked.environment as vendor_environment,
        ranked.status as vendor_status,
        ranked.status as outcome_word,
        false as is_named_by_hand,
        cast(ranked.known_created_at as timestamp) as created_at,
        cast(ranked.started_at as timestamp) as started_at,
        -- A deployment by API has no job, and so no end but that of its last change.
        cast(
            case
                when ranked.status in ('success', 'failed', 'canceled')
                    then coalesce(ranked.known_finished_at, ranked.updated_at)
            end as timestamp
        ) as finished_at,
        cast(ranked.updated_at as timestamp) as updated_at,
        cast(ranked.loaded_at as timestamp) as loaded_at
    from ranked
    left join projects
        on
            ranked.server = projects.server
            and ranked.project_id = projects.repository_id
    where ranked.version_rank = 1
)

select * from final
