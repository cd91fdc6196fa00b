with source as (
    {{ known_repository_rows('raw_azure_devops', 'pipelines') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by server, pipeline_path
            order by
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        server,
        pipeline_path,
        pipeline_id,
        name as pipeline_name,
        kind as pipeline_kind,
        parent_path,
        known_repository as repository,
        default_branch,
        html_url,
        is_disabled,
        cast(created_at as timestamp) as created_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
