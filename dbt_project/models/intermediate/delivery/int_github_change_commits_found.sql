with commits as (
    select * from {{ ref('stg_github_actions__pull_request_commits') }}
),

pull_requests as (
    select
        repository,
        pull_request_number,
        head_sha
    from {{ ref('stg_github_actions__pull_requests') }}
),

-- What was pushed over stays among the rows: of two commits in one place the newer is the one that
-- is there, unless the other is the head again.
placed as (
    select
        commits.*,
        coalesce(commits.sha = pull_requests.head_sha, false) as is_head,
        rank() over (
            partition by commits.repository, commits.pull_request_number, commits.position
            order by
                case when commits.sha = pull_requests.head_sha then 0 else 1 end,
                commits.loaded_at desc
        ) as place_rank
    from commits
    left join pull_requests
        on
            commits.repository = pull_requests.repository
            and commits.pull_request_number = pull_requests.pull_request_number
),

-- The head is the last one of a request; a list that is cut off by the vendor does not hold it.
measured as (
    select
        *,
        max(case when is_head then position end) over (
            partition by repository, pull_request_number
        ) as head_position
    from placed
),

final as (
    select
        vendor,
        repository,
        pull_request_number,
        sha,
        author_login,
        committed_at
    from measured
    where place_rank = 1 and (head_position is null or position <= head_position)
)

select * from final
