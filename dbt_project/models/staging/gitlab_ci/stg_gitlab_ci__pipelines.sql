with source as (
    {{ gitlab_rows('pipelines') }}
),

bridges as (
    select
        server,
        downstream_pipeline_id,
        min(pipeline_id) as pipeline_id,
        min(name) as bridge_name
    from {{ source('raw_gitlab_ci', 'jobs') }}
    where downstream_pipeline_id is not null
    group by server, downstream_pipeline_id
),

merge_requests as (
    select
        server,
        project_id,
        number,
        max(source_branch) as source_branch
    from {{ source('raw_gitlab_ci', 'merge_requests') }}
    group by server, project_id, number
),

-- The newest that was told: lists and deliveries tell none.
coverages as (
    select
        server,
        pipeline_id,
        max_by(
            coverage,
            cast(coalesce(updated_at, finished_at, created_at) as string)
            || cast(loaded_at as string)
        ) as coverage
    from source
    where coverage is not null
    group by server, pipeline_id
),

-- Lists and deliveries leave out what the pipeline itself tells.
ranked as (
    select
        *,
        max(started_at) over (partition by server, pipeline_id) as known_started_at,
        max(parent_pipeline_id) over (partition by server, pipeline_id) as known_parent_id,
        max(merge_request_number) over (partition by server, pipeline_id) as known_number,
        -- Only a pipeline of the request itself runs on its head.
        case when ref like 'refs/merge-requests/%' then project_id end as request_project_id,
        max(actor_login) over (partition by server, pipeline_id) as known_actor_login,
        row_number() over (
            partition by server, pipeline_id
            order by
                updated_at desc nulls last,
                finished_at desc nulls last,
                duration_seconds desc nulls last,
                loaded_at desc,
                -- of deliveries this is the order in which they came
                source_file desc nulls last,
                payload desc
        ) as version_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        ranked.server,
        ranked.known_repository as repository,
        cast(ranked.pipeline_id as string) as run_id,
        cast(1 as bigint) as run_attempt,
        ranked.number as run_number,
        coalesce(bridges.bridge_name, 'pipeline') as workflow_name,
        cast(null as string) as workflow_path,
        ranked.event,
        ranked.status as vendor_status,
        ranked.failure_reason as vendor_conclusion,
        cast(null as string) as cancel_reason,
        coalesce(merge_requests.source_branch, ranked.ref) as head_branch,
        ranked.sha as head_sha,
        ranked.known_repository as head_repository,
        ranked.known_actor_login as actor_login,
        cast(null as string) as actor_type,
        case when ranked.known_number is not null then '[' || ranked.known_number || ']' end
            as pull_request_numbers,
        cast(coalesce(ranked.known_parent_id, bridges.pipeline_id) as string) as parent_run_id,
        ranked.html_url,
        ranked.duration_seconds as vendor_duration_seconds,
        ranked.queued_seconds as vendor_queue_seconds,
        coverages.coverage as coverage_percent,
        cast(ranked.created_at as timestamp) as created_at,
        cast(coalesce(ranked.known_started_at, ranked.created_at) as timestamp) as run_started_at,
        cast(ranked.finished_at as timestamp) as vendor_finished_at,
        cast(coalesce(ranked.updated_at, ranked.finished_at, ranked.created_at) as timestamp)
            as updated_at,
        cast(ranked.loaded_at as timestamp) as loaded_at
    from ranked
    left join coverages
        on
            ranked.server = coverages.server
            and ranked.pipeline_id = coverages.pipeline_id
    left join bridges
        on
            ranked.server = bridges.server
            and ranked.pipeline_id = bridges.downstream_pipeline_id
    left join merge_requests
        on
            ranked.server = merge_requests.server
            and ranked.request_project_id = merge_requests.project_id
            and ranked.known_number = merge_requests.number
    where ranked.version_rank = 1
)

select * from final
