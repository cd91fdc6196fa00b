with source as (
    {{ github_rows('environments') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, environment_id
            order by updated_at desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        known_repository as repository,
        environment_id,
        name as environment,
        is_protected,
        html_url,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
