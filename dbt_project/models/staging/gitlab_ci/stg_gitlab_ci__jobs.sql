with source as (
    select * from {{ source('raw_gitlab_ci', 'jobs') }}
),

projects as (
    select
        server,
        project_id as repository_id,
        max_by(repository, cast(loaded_at as string) || repository) as repository
    from {{ source('raw_gitlab_ci', 'projects') }}
    group by server, project_id
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
        newest.server,
        coalesce(projects.repository, newest.repository, 'project ' || newest.project_id)
            as repository,
        cast(newest.pipeline_id as string) as run_id,
        cast(1 as bigint) as run_attempt,
        cast(newest.job_id as string) as job_id,
        cast(null as string) as workflow_name,
        newest.name as job_name,
        newest.kind as job_kind,
        newest.stage as stage_name,
        newest.status as vendor_status,
        newest.failure_reason as vendor_conclusion,
        cast(newest.earlier_job_id as string) as retried_from_job_id,
        cast(newest.downstream_pipeline_id as string) as downstream_run_id,
        newest.ref as head_branch,
        newest.sha as head_sha,
        newest.known_runner_tags as labels,
        newest.known_runner_name as runner_name,
        newest.known_runner_type as runner_group_name,
        newest.html_url,
        newest.known_queued_seconds as vendor_queue_seconds,
        newest.duration_seconds as vendor_duration_seconds,
        newest.known_coverage as coverage_percent,
        newest.is_allowed_to_fail,
        newest.known_is_manual as is_manual,
        -- A job waits for earlier stages first: its queue can be measured by the vendor alone.
        cast(
            case
                when newest.started_at is null or newest.known_queued_seconds is not null
                    then newest.created_at
            end as timestamp
        ) as created_at,
        cast(newest.started_at as timestamp) as started_at,
        cast(newest.finished_at as timestamp) as completed_at,
        cast(newest.loaded_at as timestamp) as loaded_at
    from newest
    left join projects
        on
            newest.server = projects.server
            and newest.project_id = projects.repository_id
)

select * from final
