{{ config(materialized='table') }}
{#- A vendor that keeps repositories adds a staging model with these columns. -#}
with repositories as (
    {{ united_rows(
        [
            'vendor', 'repository', 'repository_id', 'default_branch', 'owner_login', 'html_url',
            'is_private', 'is_fork', 'is_archived', 'created_at', 'updated_at', 'loaded_at',
        ],
        [
            'stg_github_actions__repositories',
            'stg_gitlab_ci__projects',
        ]
    ) }}
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
    select * from {{ ref('int_deployment_events_united') }}
),

changes as (
    select * from {{ ref('int_changes_united') }}
),

commits as (
    select * from {{ ref('stg_imports__commits') }}
),

-- One name is one repository: the home of its code tells its vendor before the CI that builds it.
names as (
    select
        repository,
        vendor,
        1 as home_rank
    from repositories
    union
    select
        repository,
        vendor,
        2 as home_rank
    from changes
    union
    select
        repository,
        vendor,
        3 as home_rank
    from runs
    union
    select
        repository,
        vendor,
        4 as home_rank
    from deployments
    union
    select
        repository,
        'git' as vendor,
        5 as home_rank
    from reports
    where repository is not null
    union
    select
        repository,
        'git' as vendor,
        5 as home_rank
    from refs
    union
    select
        repository,
        vendor,
        6 as home_rank
    from commits
),

homes as (
    select
        repository,
        vendor,
        row_number() over (partition by repository order by home_rank, vendor) as home_order
    from names
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

-- What builds it may know the branch when nobody else does.
built as (
    select
        repository,
        max(default_branch) as default_branch
    from {{ ref('int_build_pipelines_placed') }}
    where default_branch is not null
    group by repository
),

final as (
    select
        {{ surrogate_key(['homes.repository']) }} as repository_key,
        homes.vendor,
        homes.repository,
        repositories.repository_id,
        coalesce(
            repositories.default_branch,
            regexp_replace(heads.ref_name, '^refs/heads/', ''),
            built.default_branch
        ) as default_branch,
        repositories.owner_login,
        repositories.html_url,
        coalesce(repositories.is_private, false) as is_private,
        coalesce(repositories.is_fork, false) as is_fork,
        coalesce(repositories.is_archived, false) as is_archived,
        repositories.created_at,
        repositories.loaded_at
    from homes
    left join repositories
        on
            homes.repository = repositories.repository
            and homes.vendor = repositories.vendor
    left join heads
        on homes.repository = heads.repository
    left join built
        on homes.repository = built.repository
    where homes.home_order = 1
)

select * from final
