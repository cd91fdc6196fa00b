with builds as (
    select * from {{ ref('int_builds_united') }}
),

pipelines as (
    select * from {{ ref('int_build_pipelines_placed') }}
),

final as (
    select
        builds.vendor,
        coalesce(builds.repository, pipelines.repository) as repository,
        builds.build_id as run_id,
        builds.run_attempt,
        builds.build_number as run_number,
        case
            when builds.vendor = 'jenkins' then pipelines.workflow_path
            else coalesce(builds.build_name, pipelines.pipeline_name, builds.pipeline_path)
        end as workflow_name,
        case
            when builds.vendor = 'circleci' then pipelines.workflow_path || '/' || builds.build_name
            else pipelines.workflow_path
        end as workflow_path,
        case
            when builds.event in ('timer', 'scheduled_pipeline') then 'schedule'
            else builds.event
        end as event,  -- noqa: RF04
        builds.vendor_status,
        builds.vendor_conclusion,
        builds.cancel_reason,
        -- a job of a multibranch project is called by its branch, unless it is of a change
        case
            when builds.head_branch is not null then builds.head_branch
            when
                pipelines.workflow_path <> builds.pipeline_path
                and builds.pull_request_numbers is null
                then
                    replace(
                        substring(builds.pipeline_path, length(pipelines.workflow_path) + 2),
                        '%2F',
                        '/'
                    )
        end as head_branch,
        builds.head_sha,
        builds.head_repository,
        builds.actor_login,
        cast(null as string) as actor_type,
        builds.pull_request_numbers,
        builds.parent_build_id as parent_run_id,
        builds.html_url,
        builds.duration_seconds as vendor_duration_seconds,
        cast(null as double) as coverage_percent,
        coalesce(builds.created_at, builds.started_at, builds.finished_at) as created_at,
        coalesce(builds.started_at, builds.created_at) as run_started_at,
        builds.finished_at as vendor_finished_at,
        builds.updated_at,
        builds.loaded_at,
        builds.server,
        builds.pipeline_path
    from builds
    inner join pipelines
        on
            builds.vendor = pipelines.vendor
            and coalesce(builds.server, '') = coalesce(pipelines.server, '')
            and builds.pipeline_path = pipelines.pipeline_path
    -- what has no moment at all is on no day
    where coalesce(builds.created_at, builds.started_at, builds.finished_at) is not null
)

select * from final
