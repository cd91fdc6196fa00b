with attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
    where head_branch is not null and not is_fork
),

changes as (
    select * from {{ ref('fct_changes') }}
    where head_ref is not null and not is_fork
),

refs as (
    select
        repository,
        regexp_replace(ref_name, '^refs/heads/', '') as branch,
        max(sha) as tip_sha
    from {{ ref('stg_git_history__refs') }}
    where ref_type = 'branch'
    group by repository, regexp_replace(ref_name, '^refs/heads/', '')
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

run_branches as (
    select
        repository,
        head_branch as branch,
        count(distinct workflow_run_key) as run_count,
        min(run_created_at) as first_run_at,
        max(run_created_at) as last_run_at
    from attempts
    group by repository, head_branch
),

change_branches as (
    select
        repository,
        head_ref as branch,
        max_by(change_key, cast(created_at as string) || change_key) as change_key,
        max(merged_at) as merged_at
    from changes
    group by repository, head_ref
),

names as (
    select
        repository,
        branch
    from run_branches
    union
    select
        repository,
        branch
    from change_branches
    union
    select
        repository,
        branch
    from refs
    union
    select
        repository,
        default_branch as branch
    from repositories
    where default_branch is not null
),

final as (
    select
        {{ surrogate_key(['names.repository', 'names.branch']) }} as branch_key,
        repositories.repository_key,
        change_branches.change_key,
        names.repository,
        names.branch,
        refs.tip_sha,
        coalesce(run_branches.run_count, 0) as run_count,
        coalesce(names.branch = repositories.default_branch, false) as is_default_branch,
        refs.branch is not null as is_in_history,
        run_branches.first_run_at,
        run_branches.last_run_at,
        change_branches.merged_at
    from names
    inner join repositories
        on names.repository = repositories.repository
    left join run_branches
        on
            names.repository = run_branches.repository
            and names.branch = run_branches.branch
    left join change_branches
        on
            names.repository = change_branches.repository
            and names.branch = change_branches.branch
    left join refs
        on
            names.repository = refs.repository
            and names.branch = refs.branch
)

select * from final
