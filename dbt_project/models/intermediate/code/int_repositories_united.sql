with repositories as (
    select * from {{ ref('stg_github_actions__repositories') }}
),

runs as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

reports as (
    select * from {{ ref('int_reports_linked') }}
),

refs as (
    select * from {{ ref('stg_git_history__refs') }}
),

deployments as (
    select * from {{ ref('stg_github_actions__deployments') }}
),

pull_requests as (
    select * from {{ ref('stg_github_actions__pull_requests') }}
),

names as (
    select repository from repositories
    union
    select repository from runs
    union
    select repository from reports
    where repository is not null
    union
    select repository from refs
    union
    select repository from deployments
    union
    select repository from pull_requests
),

-- A clone says by its HEAD which branch is the default one.
heads as (
    select
        head.repository,
        min(coalesce(branch.ref_name, head.ref_name)) as ref_name
    from refs as head
    left join refs as branch
        on
            head.repository = branch.repository
            and head.sha = branch.sha
            and branch.ref_type = 'branch'
            and regexp_replace(branch.ref_name, '^refs/heads/', '') in ('main', 'master', 'trunk')
    where head.ref_type = 'head'
    group by head.repository
),

final as (
    select
        {{ surrogate_key(["'github_actions'", 'names.repository']) }} as repository_key,
        'github_actions' as vendor,
        names.repository,
        repositories.repository_id,
        coalesce(
            repositories.default_branch,
            regexp_replace(heads.ref_name, '^refs/heads/', '')
        ) as default_branch,
        repositories.owner_login,
        repositories.html_url,
        coalesce(repositories.is_private, false) as is_private,
        coalesce(repositories.is_fork, false) as is_fork,
        coalesce(repositories.is_archived, false) as is_archived,
        repositories.created_at,
        repositories.loaded_at
    from names
    left join repositories
        on names.repository = repositories.repository
    left join heads
        on names.repository = heads.repository
)

select * from final
