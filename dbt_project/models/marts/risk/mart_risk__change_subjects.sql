with changes as (
    select
        *,
        case when is_merged then merge_commit_sha end as landed_sha
    from {{ ref('fct_changes') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

-- What landed with a change: the squashed commit, or all that came in by a merge, whose own commit
-- has no lines, or by moving the branch forward.
landed_commits as (
    select
        changes.change_key,
        commits.commit_key,
        commits.added_line_count,
        commits.changed_file_count
    from changes
    inner join commits
        on changes.change_key = commits.change_key
    where
        changes.is_merged
        and not commits.is_merge
        and (commits.is_on_default_branch or changes.merge_commit_sha = commits.sha)
),

landed_files as (
    select
        landed_commits.change_key,
        count(distinct commit_files.file_key) as changed_file_count
    from landed_commits
    inner join {{ ref('fct_commit_files') }} as commit_files
        on landed_commits.commit_key = commit_files.commit_key
    group by landed_commits.change_key
),

-- Of imported commits only the number of files is known, and not which they are.
sizes as (
    select
        landed_commits.change_key,
        cast(sum(landed_commits.added_line_count) as bigint) as added_line_count,
        coalesce(
            max(landed_files.changed_file_count), max(landed_commits.changed_file_count)
        ) as changed_file_count
    from landed_commits
    left join landed_files
        on landed_commits.change_key = landed_files.change_key
    group by landed_commits.change_key
),

-- A commit that belongs to no pull or merge request is a change of its own, as long as anything
-- leads to it.
final as (
    select
        changes.change_key,
        changes.repository_key,
        changes.team_key,
        landed.commit_key as landed_commit_key,
        changes.author_key,
        'pull_request' as change_kind,
        changes.repository,
        changes.pull_request_number,
        coalesce(changes.merge_commit_sha, changes.head_sha) as sha,
        coalesce(changes.added_line_count, sizes.added_line_count) as added_line_count,
        coalesce(changes.changed_file_count, sizes.changed_file_count) as changed_file_count,
        coalesce(landed.is_fix, false)
        or {{ begins_like_a_fix('changes.title') }}
        or coalesce(lower(changes.head_ref) like 'hotfix/%', false) as is_fix,
        changes.is_merged as is_landed,
        changes.created_date as changed_date,
        changes.created_at as changed_at
    from changes
    left join commits as landed
        on
            changes.repository = landed.repository
            and changes.landed_sha = landed.sha
    left join sizes
        on changes.change_key = sizes.change_key
    union all
    select
        commit_key as change_key,
        repository_key,
        team_key,
        commit_key as landed_commit_key,
        author_key,
        'commit' as change_kind,
        repository,
        cast(null as bigint) as pull_request_number,
        sha,
        added_line_count,
        changed_file_count,
        is_fix,
        is_on_default_branch as is_landed,
        committed_date as changed_date,
        committed_at as changed_at
    from commits
    where pull_request_number is null and not is_merge and not is_unreachable
)

select * from final
