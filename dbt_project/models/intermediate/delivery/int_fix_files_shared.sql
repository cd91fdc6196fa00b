{{ config(materialized='table') }}

with commits as (
    select * from {{ ref('int_commits_classified') }}
    where is_on_default_branch and not is_merge
),

commit_files as (
    select * from {{ ref('stg_git_history__commit_files') }}
),

limits as (
    select max(parameter_value) as window_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'defect_link' and parameter = 'window_days'
),

shared as (
    select
        fixes.repository,
        fixes.sha as fix_sha,
        commits.sha as origin_sha,
        commits.default_branch_position,
        count(*) as shared_file_count
    from commits as fixes
    cross join limits
    inner join commit_files as mended
        on fixes.repository = mended.repository and fixes.sha = mended.sha
    inner join commit_files as earlier
        on mended.repository = earlier.repository and mended.path = earlier.path
    inner join commits
        on earlier.repository = commits.repository and earlier.sha = commits.sha
    where
        fixes.is_fix
        and fixes.default_branch_position > commits.default_branch_position
        and {{ seconds_between('commits.committed_at', 'fixes.committed_at') }}
        <= 86400 * limits.window_days
    group by fixes.repository, fixes.sha, commits.sha, commits.default_branch_position
),

final as (
    select
        *,
        row_number() over (
            partition by repository, fix_sha
            order by shared_file_count desc, default_branch_position desc, origin_sha asc
        ) as share_rank
    from shared
)

select * from final
