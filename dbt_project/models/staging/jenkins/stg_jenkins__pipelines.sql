with source as (
    select * from {{ source('raw_jenkins', 'pipelines') }}
),

-- Several kinds of answers tell of the same thing; what is over outranks what was still running,
-- then the fuller kind counts, and what it leaves open is filled from the others.
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
        max_by(name, version_number) filter (where name is not null) as pipeline_name,
        max_by(kind, version_number) filter (where kind is not null) as pipeline_kind,
        max_by(parent_path, version_number) filter (where parent_path is not null) as parent_path,
        max_by(repository, version_number) filter (where repository is not null) as repository,
        max_by(html_url, version_number) filter (where html_url is not null) as html_url,
        max_by(is_disabled, version_number) filter (where is_disabled is not null) as is_disabled,
        max(cast(loaded_at as timestamp)) as loaded_at
    from versions
    group by server, pipeline_path
)

select * from final
