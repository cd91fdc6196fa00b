with source as (
    {{ known_repository_rows('raw_recorded', 'deployments') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by deployment_id
            order by recorded_at desc, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'recorded' as vendor,
        deployment_id,
        known_repository as repository,
        environment,
        service,
        sha,
        ref,
        result,
        html_url,
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as finished_at,
        cast(recorded_at as timestamp) as recorded_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
