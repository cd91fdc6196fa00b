with builds as (
    select * from {{ ref('int_builds_united') }}
),

pipelines as (
    select
        'jenkins' as vendor,
        server,
        pipeline_path,
        pipeline_name,
        pipeline_kind,
        parent_path,
        repository,
        cast(null as string) as default_branch
    from {{ ref('stg_jenkins__pipelines') }}
    union all
    select
        'buildkite' as vendor,
        server,
        pipeline_path,
        pipeline_name,
        pipeline_kind,
        parent_path,
        repository,
        default_branch
    from {{ ref('stg_buildkite__pipelines') }}
    union all
    select
        'circleci' as vendor,
        server,
        pipeline_path,
        pipeline_name,
        pipeline_kind,
        parent_path,
        repository,
        default_branch
    from {{ ref('stg_circleci__pipelines') }}
    union all
    select
        'azure_devops' as vendor,
        server,
        pipeline_path,
        pipeline_name,
        pipeline_kind,
        parent_path,
        repository,
        default_branch
    from {{ ref('stg_azure_devops__pipelines') }}
),

built as (
    select
        vendor,
        server,
        pipeline_path,
        max_by(repository, cast(created_at as string) || repository) as repository
    from builds
    group by vendor, server, pipeline_path
),

-- The branches of a multibranch project are one workflow: the project.
grouped as (
    select
        built.vendor,
        built.server,
        built.pipeline_path,
        pipelines.pipeline_name,
        pipelines.default_branch,
        coalesce(pipelines.repository, built.repository) as own_repository,
        case
            when parents.pipeline_kind like '%MultiBranch%' then parents.pipeline_path
            when pipelines.pipeline_kind = 'BranchImpl' then pipelines.parent_path
            else built.pipeline_path
        end as workflow_path
    from built
    left join pipelines
        on
            built.vendor = pipelines.vendor
            and coalesce(built.server, '') = coalesce(pipelines.server, '')
            and built.pipeline_path = pipelines.pipeline_path
    left join pipelines as parents
        on
            pipelines.vendor = parents.vendor
            and coalesce(pipelines.server, '') = coalesce(parents.server, '')
            and pipelines.parent_path = parents.pipeline_path
),

named as (
    select
        *,
        max(own_repository) over (partition by vendor, server, workflow_path) as shared_repository
    from grouped
),

-- What no remote is known of is named by the server and the path, which are nobody else's.
final as (
    select
        vendor,
        server,
        pipeline_path,
        workflow_path,
        case when pipeline_path = workflow_path then pipeline_name end as pipeline_name,
        coalesce(
            own_repository, shared_repository, coalesce(server || '/', '') || workflow_path
        ) as repository,
        default_branch
    from named
)

select * from final
