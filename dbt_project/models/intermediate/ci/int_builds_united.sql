with jenkins as (
    select
        'jenkins' as vendor,
        server,
        pipeline_path,
        build_id,
        1 as run_attempt,
        build_number,
        pipeline_path as build_name,
        repository,
        cast(null as string) as head_repository,
        vendor_status,
        vendor_conclusion,
        cancel_reason,
        event,
        parent_build_id,
        head_branch,
        head_sha,
        pull_request_numbers,
        actor_login,
        html_url,
        duration_seconds,
        created_at,
        started_at,
        finished_at,
        updated_at,
        loaded_at
    from {{ ref('stg_jenkins__builds') }}
),

-- A build that waits at a block step is what it was until there.
buildkite as (
    select
        'buildkite' as vendor,
        server,
        pipeline_path,
        build_id,
        1 as run_attempt,
        build_number,
        build_name,
        repository,
        cast(null as string) as head_repository,
        vendor_status,
        case when lower(vendor_status) = 'blocked' then vendor_conclusion end as vendor_conclusion,
        cancel_reason,
        event,
        parent_build_id,
        head_branch,
        head_sha,
        pull_request_numbers,
        actor_login,
        html_url,
        duration_seconds,
        created_at,
        started_at,
        finished_at,
        updated_at,
        loaded_at
    from {{ ref('stg_buildkite__builds') }}
),

-- Branch and commit are the pipeline's, and so is why it ran.
circleci as (
    select
        'circleci' as vendor,
        builds.server,
        builds.pipeline_path,
        builds.build_id,
        1 as run_attempt,
        builds.build_number,
        builds.build_name,
        coalesce(runs.repository, builds.repository) as repository,
        runs.head_repository,
        builds.vendor_status,
        cast(null as string) as vendor_conclusion,
        cast(null as string) as cancel_reason,
        runs.event,
        case when builds.pipeline_run_id is not null then builds.rerun_of_build_id end
            as parent_build_id,
        runs.head_branch,
        runs.head_sha,
        runs.pull_request_numbers,
        runs.actor_login,
        builds.html_url,
        builds.duration_seconds,
        coalesce(builds.created_at, runs.created_at) as created_at,
        builds.started_at,
        builds.finished_at,
        builds.updated_at,
        builds.loaded_at
    from {{ ref('stg_circleci__builds') }} as builds
    left join {{ ref('stg_circleci__pipeline_runs') }} as runs
        on builds.pipeline_run_id = runs.pipeline_run_id
),

-- Its words for what starts a build are made those of others; the rest stay the vendor's.
azure_devops as (
    select
        'azure_devops' as vendor,
        builds.server,
        builds.pipeline_path,
        builds.build_id,
        attempts.run_attempt,
        builds.build_number,
        builds.build_name,
        builds.repository,
        cast(null as string) as head_repository,
        attempts.vendor_status,
        attempts.vendor_conclusion,
        cast(null as string) as cancel_reason,
        case lower(builds.event)
            when 'scheduleforced' then 'schedule'
            when 'pullrequest' then 'pull_request'
            when 'buildcompletion' then 'upstream'
            when 'resourcetrigger' then 'upstream'
            else builds.event
        end as event,  -- noqa: RF04
        builds.parent_build_id,
        builds.head_branch,
        builds.head_sha,
        builds.pull_request_numbers,
        builds.actor_login,
        builds.html_url,
        cast(null as double) as duration_seconds,
        builds.created_at,
        attempts.started_at,
        attempts.finished_at,
        builds.updated_at,
        builds.loaded_at
    from {{ ref('stg_azure_devops__builds') }} as builds
    inner join {{ ref('int_azure_devops_attempts_found') }} as attempts
        on
            builds.server = attempts.server
            and builds.build_id = attempts.build_id
),

final as (
    select * from jenkins
    union all
    select * from buildkite
    union all
    select * from circleci
    union all
    select * from azure_devops
)

select * from final
