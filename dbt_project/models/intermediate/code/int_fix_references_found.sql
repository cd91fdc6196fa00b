with commits as (
    select
        *,
        lower(concat_ws(' ', subject, body)) as message
    from {{ ref('stg_git_history__commits') }}
),

issues as (
    {{ united_rows(
        ['vendor', 'repository', 'issue_number', 'title', 'body', 'loaded_at'],
        [
            'stg_github_actions__issues',
            'stg_gitlab_ci__issues',
        ]
    ) }}
),

-- A commit does not say whose issue it means where two vendors have a repository of one name.
numbered as (
    select
        *,
        lower(concat_ws(' ', title, body)) as issue_text,
        row_number() over (
            partition by repository, issue_number
            order by loaded_at desc, vendor asc
        ) as issue_rank
    from issues
),

named as (
    select
        repository,
        sha,
        {{ regex_group('message', 'this reverts commit ([0-9a-f]{7,40})', 1) }} as reverted_sha,
        {{ regex_group('subject', '^Revert "(.*)"', 1) }} as reverted_subject,
        cast({{ regex_group(
            'message',
            '(^|[^a-z])(fix|fixes|fixed|closes?|closed|resolves?|resolved):? +#([0-9]{1,9})', 3
        ) }} as bigint) as issue_number
    from commits
),

-- What an issue says of where it comes from: `Introduced by #12`, `caused by 1a2b3c4`. GitLab's
-- merge requests are written `!12`; `#12` is an issue there.
final as (
    select
        named.repository,
        named.sha,
        named.reverted_sha,
        named.reverted_subject,
        named.issue_number,
        cast(
            case
                when numbered.vendor = 'gitlab_ci' then {{ regex_group(
                    'numbered.issue_text',
                    '(introduced|caused|broken) (by|in|with) !([0-9]{1,9})', 3
                ) }}
                else {{ regex_group(
                    'numbered.issue_text',
                    '(introduced|caused|broken) (by|in|with) #([0-9]{1,9})', 3
                ) }}
            end as bigint
        ) as origin_number,
        {{ regex_group(
            'numbered.issue_text',
            '(introduced|caused|broken) (by|in|with) (commit )?([0-9a-f]{7,40})([^0-9a-z]|$)', 4
        ) }} as origin_sha
    from named
    left join numbered
        on
            named.repository = numbered.repository
            and named.issue_number = numbered.issue_number
            and numbered.issue_rank = 1
    where
        named.reverted_sha is not null
        or named.reverted_subject is not null
        or named.issue_number is not null
)

select * from final
