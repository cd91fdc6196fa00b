with change_commits as (
    select * from {{ ref('int_change_commits_united') }}
),

changes as (
    select * from {{ ref('fct_changes') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

-- What landed on the base branch belongs to the change too, however it was merged.
links as (
    select
        changes.change_key,
        changes.repository,
        change_commits.sha,
        'listed' as link_rule,
        0 as rule_rank
    from change_commits
    inner join changes
        on
            change_commits.vendor = changes.vendor
            and change_commits.repository = changes.repository
            and change_commits.pull_request_number = changes.pull_request_number
    union all
    select
        change_key,
        repository,
        merge_commit_sha as sha,
        'merge_commit' as link_rule,
        1 as rule_rank
    from changes
    where is_merged and merge_commit_sha is not null
),

ranked as (
    select
        *,
        row_number() over (partition by change_key, sha order by rule_rank) as link_rank
    from links
),

final as (
    select
        ranked.change_key,
        commits.commit_key,
        ranked.repository,
        ranked.sha,
        ranked.link_rule
    from ranked
    left join commits
        on
            ranked.repository = commits.repository
            and ranked.sha = commits.sha
    where ranked.link_rank = 1
)

select * from final
