with source as (
    {{ known_repository_rows('raw_deployed_versions', 'versions') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by version_id
            order by loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'deployed_versions' as vendor,
        version_id,
        state_repository,
        path,
        commit_sha,
        commit_position,
        environment,
        service,
        known_repository as repository,
        version,
        sha,
        cast(deployed_at as timestamp) as deployed_at,
        cast(committed_at as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
