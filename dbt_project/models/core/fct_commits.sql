with commits as (
    select * from {{ ref('int_commits_classified') }}
),

commit_files as (
    select * from {{ ref('stg_git_history__commit_files') }}
),

emails as (
    select * from {{ ref('int_author_emails_matched') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

sizes as (
    select
        repository,
        sha,
        count(*) as changed_file_count,
        cast(sum(added_line_count) as bigint) as added_line_count,
        cast(sum(deleted_line_count) as bigint) as deleted_line_count
    from commit_files
    group by repository, sha
),

final as (
    select
        {{ surrogate_key(['commits.repository', 'commits.sha']) }} as commit_key,
        repositories.repository_key,
        repositories.team_key,
        {{ author_key('emails.person') }} as author_key,
        case
            when commits.pull_request_vendor is not null
                then {{ surrogate_key([
                    'commits.pull_request_vendor', 'commits.repository',
                    'commits.pull_request_number'
                ]) }}
        end as change_key,
        commits.repository,
        commits.sha,
        commits.tree_sha,
        commits.subject,
        commits.pull_request_number,
        coalesce(sizes.changed_file_count, commits.changed_file_count) as changed_file_count,
        coalesce(sizes.added_line_count, commits.added_line_count) as added_line_count,
        coalesce(sizes.deleted_line_count, commits.deleted_line_count) as deleted_line_count,
        cast(commits.default_branch_position as bigint) as default_branch_position,
        commits.is_merge,
        commits.is_revert,
        commits.is_hotfix,
        commits.is_fix,
        coalesce(
            lower(commits.author_name) like '%[bot]' or lower(commits.author_email) like '%[bot]%',
            false
        ) as is_bot,
        commits.is_on_default_branch,
        commits.is_unreachable,
        {{ business_date('commits.committed_at') }} as committed_date,
        commits.authored_at,
        commits.committed_at,
        commits.loaded_at
    from commits
    inner join repositories
        on commits.repository = repositories.repository
    left join sizes
        on
            commits.repository = sizes.repository
            and commits.sha = sizes.sha
    left join emails
        on lower(commits.author_email) = emails.author_email
)

select * from final
