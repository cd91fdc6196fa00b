with source as (
    {{ known_repository_rows('raw_circleci', 'pipeline_runs') }}
),

-- A delivery has no state of the pipeline, and says less of it than answers of the API.
ranked as (
    select
        *,
        row_number() over (
            partition by pipeline_run_id
            order by
                case when status is null then 1 else 0 end asc,
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
        pipeline_run_id,
        number as pipeline_run_number,
        known_repository as repository,
        status as vendor_status,
        event,
        head_branch,
        head_sha,
        case when head_repository = repository then known_repository else head_repository end
            as head_repository,
        actor_login,
        pull_request_numbers,
        error_message,
        cast(created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
