with source as (
    {{ known_repository_rows('raw_circleci', 'builds') }}
),

-- Of two versions of one moment, the one that is over is the later. Deliveries tell milliseconds,
-- but less than the API, which tells seconds.
ranked as (
    select
        *,
        row_number() over (
            partition by server, build_id
            order by
                date_trunc('second', updated_at) desc nulls last,
                case when is_running then 1 else 0 end asc,
                detail_rank desc,
                updated_at desc nulls last,
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
        number as build_number,
        pipeline_run_id,
        -- CircleCI does not say of what a workflow is the re-run. Within a pipeline its name does.
        lag(build_id) over (
            partition by server, pipeline_run_id, name
            order by created_at asc, build_id asc
        ) as rerun_of_build_id,
        name as build_name,
        known_repository as repository,
        status as vendor_status,
        conclusion as vendor_conclusion,
        html_url,
        duration_seconds,
        is_running,
        cast(created_at as timestamp) as created_at,
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as finished_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
