with source as (
    select * from {{ source('raw_gitlab_ci', 'environments') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by server, environment_id
            order by updated_at desc nulls last, loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        server,
        environment_id,
        project_id,
        repository,
        name as environment,
        tier,
        state,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
