with jenkins as (
    select
        'jenkins' as vendor,
        server,
        pipeline_path,
        build_id,
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

final as (
    select * from jenkins
    union all
    select * from buildkite
    union all
    select * from circleci
)

select * from final
