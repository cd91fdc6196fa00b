{{ config(materialized='table') }}

with commits as (
    select * from {{ ref('int_commits_united') }}
),

pull_requests as (
    select * from {{ ref('int_changes_united') }}
),

pull_request_commits as (
    select * from {{ ref('int_change_commits_united') }}
),

reached as (
    select * from {{ ref('int_commits_reached') }}
),

unreachable as (
    select * from {{ ref('int_unreachable_commits_found') }}
),

links as (
    select
        vendor,
        repository,
        merge_commit_sha as sha,
        pull_request_number,
        1 as link_rank
    from pull_requests
    where merged_at is not null and merge_commit_sha is not null
    union all
    select
        held.vendor,
        held.repository,
        held.sha,
        held.pull_request_number,
        case when pull_requests.merged_at is not null then 2 else 3 end as link_rank
    from pull_request_commits as held
    left join pull_requests
        on
            held.vendor = pull_requests.vendor
            and held.repository = pull_requests.repository
            and held.pull_request_number = pull_requests.pull_request_number
),

ranked as (
    select
        *,
        row_number() over (
            partition by repository, sha order by link_rank, vendor, pull_request_number
        ) as pull_request_rank
    from links
),

final as (
    select
        commits.repository,
        commits.sha,
        commits.tree_sha,
        commits.author_email,
        commits.author_name,
        commits.subject,
        ranked.pull_request_number,
        pull_requests.vendor as pull_request_vendor,
        commits.added_line_count,
        commits.deleted_line_count,
        commits.changed_file_count,
        commits.is_merge,
        commits.subject like 'Revert %' as is_revert,
        coalesce(
            lower(commits.subject) like 'hotfix%'
            or lower(pull_requests.head_ref) like 'hotfix/%',
            false
        ) as is_hotfix,
        coalesce(
            commits.is_fix,
            {{ begins_like_a_fix('commits.subject') }}
            or lower(pull_requests.head_ref) like 'hotfix/%',
            false
        ) as is_fix,
        reached.reached_position as default_branch_position,
        reached.sha is not null as is_on_default_branch,
        unreachable.sha is not null as is_unreachable,
        commits.authored_at,
        commits.committed_at,
        commits.loaded_at
    from commits
    left join reached
        on
            commits.repository = reached.repository
            and commits.sha = reached.sha
    left join unreachable
        on
            commits.repository = unreachable.repository
            and commits.sha = unreachable.sha
    left join ranked
        on
            commits.repository = ranked.repository
            and commits.sha = ranked.sha
            and ranked.pull_request_rank = 1
    left join pull_requests
        on
            ranked.vendor = pull_requests.vendor
            and ranked.repository = pull_requests.repository
            and ranked.pull_request_number = pull_requests.pull_request_number
)

select * from final
