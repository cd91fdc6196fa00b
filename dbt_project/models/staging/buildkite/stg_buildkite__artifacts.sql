with source as (
    select * from {{ source('raw_buildkite', 'artifacts') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by server, pipeline_path, build_number, artifact_id
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
        build_id,
        build_number,
        job_id,
        artifact_id,
        path as artifact_path,
        size_bytes,
        sha256,
        state as vendor_status,
        download_url,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
