{{ config(materialized='table') }}

with recursive refs as (
    select * from {{ ref('stg_git_history__refs') }}
),

repositories as (
    select * from {{ ref('int_repositories_united') }}
),

first_parents as (
    select
        repository,
        sha,
        parent_sha
    from {{ ref('int_commit_parents_listed') }}
    where position = 0
),

tips as (
    select
        refs.repository,
        max(refs.sha) as sha
    from refs
    left join repositories
        on refs.repository = repositories.repository
    where
        refs.ref_type = 'head'
        or regexp_replace(refs.ref_name, '^refs/heads/', '') = repositories.default_branch
    group by refs.repository
),

line as (
    select
        repository,
        sha,
        0 as step_count
    from tips
    union all
    select
        line.repository,
        first_parents.parent_sha as sha,
        line.step_count + 1 as step_count
    from line
    inner join first_parents
        on
            line.repository = first_parents.repository
            and line.sha = first_parents.sha
),

final as (
    select
        repository,
        sha,
        max(step_count) over (partition by repository) - step_count as line_position
    from line
)

select * from final
