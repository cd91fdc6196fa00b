with source as (
    {{ known_repository_rows('raw_jenkins', 'pipelines') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by server, pipeline_path
            order by
                detail_rank asc,
                loaded_at asc,
                payload asc
        ) as version_number
    from source
),

final as (
    select
        server,
        pipeline_path,
        {{ fullest('name') }} as pipeline_name,
        {{ fullest('kind') }} as pipeline_kind,
        {{ fullest('parent_path') }} as parent_path,
        {{ fullest('known_repository') }} as repository,
        {{ fullest('html_url') }} as html_url,
        {{ fullest('is_disabled') }} as is_disabled,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, pipeline_path
)

select * from final
