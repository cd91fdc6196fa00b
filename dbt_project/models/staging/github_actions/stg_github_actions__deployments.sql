with source as (
    {{ github_rows('deployments') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, deployment_id
            order by
                updated_at desc nulls last,
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
        cast(deployment_id as string) as deployment_id,
        sha,
        ref,
        task,
        environment,
        creator_login,
        description,
        is_production_environment,
        is_transient_environment,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
