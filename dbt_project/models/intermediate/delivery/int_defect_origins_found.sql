with mentions as (
    select * from {{ ref('int_fix_references_found') }}
),

commits as (
    select
        *,
        {{ regex_replace('subject', ' [(]#[0-9]+[)]$', '') }} as bare_subject
    from {{ ref('int_commits_classified') }}
    where is_on_default_branch
),

changes as (
    select * from {{ ref('int_changes_united') }}
),

blamed as (
    select * from {{ ref('int_defect_origins_blamed') }}
    where is_likely
),

shared as (
    select * from {{ ref('int_fix_files_shared') }}
    where share_rank = 1
),

-- The same subject twice: the last one before it was taken back.
by_subject as (
    select
        mentions.repository,
        mentions.sha as fix_sha,
        commits.sha as origin_sha,
        row_number() over (
            partition by mentions.repository, mentions.sha
            order by commits.default_branch_position desc, commits.sha asc
        ) as subject_rank
    from mentions
    inner join commits as fixes
        on mentions.repository = fixes.repository and mentions.sha = fixes.sha
    inner join commits
        on
            mentions.repository = commits.repository
            and {{ regex_replace('mentions.reverted_subject', ' [(]#[0-9]+[)]$', '') }}
            = commits.bare_subject
            and fixes.default_branch_position > commits.default_branch_position
),

listed as (
    select
        mentions.repository,
        mentions.sha as fix_sha,
        commits.sha as origin_sha,
        'reverted_commit' as link_rule
    from mentions
    inner join commits
        on
            mentions.repository = commits.repository
            and left(mentions.reverted_sha, 7) = left(commits.sha, 7)
            and commits.sha like mentions.reverted_sha || '%'
    union
    select
        repository,
        fix_sha,
        origin_sha,
        'reverted_commit' as link_rule
    from by_subject
    where subject_rank = 1
    union
    select
        mentions.repository,
        mentions.sha as fix_sha,
        changes.merge_commit_sha as origin_sha,
        'linked_issue' as link_rule
    from mentions
    inner join changes
        on
            mentions.repository = changes.repository
            and mentions.origin_number = changes.pull_request_number
    left join commits as fixes
        on mentions.repository = fixes.repository and mentions.sha = fixes.sha
    where
        changes.merged_at is not null
        and changes.merge_commit_sha is not null
        -- Numbers of another vendor are of other changes.
        and coalesce(fixes.pull_request_vendor, changes.vendor) = changes.vendor
    union
    select
        mentions.repository,
        mentions.sha as fix_sha,
        commits.sha as origin_sha,
        'linked_issue' as link_rule
    from mentions
    inner join commits
        on
            mentions.repository = commits.repository
            and left(mentions.origin_sha, 7) = left(commits.sha, 7)
            and commits.sha like mentions.origin_sha || '%'
    union
    select
        repository,
        fix_sha,
        origin_sha,
        'blamed_lines' as link_rule
    from blamed
    union
    select
        repository,
        fix_sha,
        origin_sha,
        'same_files' as link_rule
    from shared
),

-- A merge stands for the commits of its change: nothing was written in it.
final as (
    select
        listed.repository,
        listed.fix_sha,
        coalesce(parts.sha, listed.origin_sha) as origin_sha,
        listed.link_rule
    from listed
    left join commits as merging
        on
            listed.repository = merging.repository
            and listed.origin_sha = merging.sha
            and merging.is_merge
    left join commits as parts
        on
            merging.repository = parts.repository
            and merging.pull_request_vendor is not distinct from parts.pull_request_vendor
            and merging.pull_request_number = parts.pull_request_number
            and not parts.is_merge
    group by
        listed.repository, listed.fix_sha, coalesce(parts.sha, listed.origin_sha),
        listed.link_rule
)

select * from final
