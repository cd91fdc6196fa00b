with source as (
    {{ gitlab_rows('jobs') }}
),

ranked as (
    select
        *,
        max(is_manual) over (partition by server, job_id) as known_is_manual,
        max(runner_name) over (partition by server, job_id) as known_runner_name,
        max(runner_type) over (partition by server, job_id) as known_runner_type,
        max(runner_tags) over (partition by server, job_id) as known_runner_tags,
        max(queued_seconds) over (partition by server, job_id) as known_queued_seconds,
        max(coverage) over (partition by server, job_id) as known_coverage,
        row_number() over (
            partition by server, job_id
            order by
                finished_at desc nulls last,
                started_at desc nulls last,
                -- answers of the API are seen when they are loaded, deliveries when they came
                coalesce(seen_at, loaded_at) desc,
                loaded_at desc,
                payload desc
        ) as version_rank
    from source
),

newest as (
    select
        *,
        -- A job of the same name that came before in the pipeline was retried.
        lag(job_id) over (
            partition by server, pipeline_id, kind, name order by job_id
        ) as earlier_job_id
    from ranked
    where version_rank = 1
),

final as (
    select
        'gitlab_ci' as vendor,
        server,
        known_repository as repository,
        cast(pipeline_id as string) as run_id,
        cast(1 as bigint) as run_attempt,
        cast(job_id as string) as job_id,
        cast(null as string) as workflow_name,
        name as job_name,
        kind as job_kind,
        stage as stage_name,
        status as vendor_status,
        failure_reason as vendor_conclusion,
        cast(earlier_job_id as string) as retried_from_job_id,
        cast(downstream_pipeline_id as string) as downstream_run_id,
        ref as head_branch,
        sha as head_sha,
        known_runner_tags as labels,
        known_runner_name as runner_name,
        known_runner_type as runner_group_name,
        html_url,
        known_queued_seconds as vendor_queue_seconds,
        duration_seconds as vendor_duration_seconds,
        known_coverage as coverage_percent,
        is_allowed_to_fail,
        known_is_manual as is_manual,
        -- A job waits for earlier stages first: its queue can be measured by the vendor alone.
        cast(
            case
                when started_at is null or known_queued_seconds is not null
                    then created_at
            end as timestamp
        ) as created_at,
        cast(started_at as timestamp) as started_at,
        cast(finished_at as timestamp) as completed_at,
        cast(loaded_at as timestamp) as loaded_at
    from newest
)

select * from final
