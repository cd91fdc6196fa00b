with source as (
    {{ github_rows('artifacts') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, artifact_id
            order by updated_at desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        known_repository as repository,
        cast(run_id as string) as run_id,
        cast(artifact_id as string) as artifact_id,
        name as artifact_name,
        head_sha,
        size_bytes,
        is_expired,
        cast(created_at as timestamp) as created_at,
        cast(expires_at as timestamp) as expires_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
