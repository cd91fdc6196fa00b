-- A vendor names the requests of a run only while they are open, and GitHub those of forks never.
with runs as (
    select
        workflow_run_key,
        repository,
        head_repository,
        head_branch,
        head_sha,
        run_created_at
    from {{ ref('int_workflow_run_attempts_unified') }}
    where is_final_attempt and {{ json_first('pull_request_numbers') }} is null
),

changes as (
    select * from {{ ref('int_changes_united') }}
),

commits as (
    select
        repository,
        pull_request_number,
        sha
    from {{ ref('int_change_commits_united') }}
    where sha is not null
    union
    select
        repository,
        pull_request_number,
        head_sha as sha
    from changes
    where head_sha is not null
),

-- What was pushed over is no commit of the request any more, but ran on its branch.
by_branch as (
    select
        runs.workflow_run_key,
        runs.run_created_at,
        changes.pull_request_number,
        changes.created_at,
        changes.closed_at,
        case when commits.sha is null then 2 else 1 end as match_rank
    from runs
    inner join changes
        on
            runs.repository = changes.repository
            and runs.head_branch = changes.head_ref
    left join commits
        on
            changes.repository = commits.repository
            and changes.pull_request_number = commits.pull_request_number
            and runs.head_sha = commits.sha
    where
        runs.head_repository is null
        or changes.head_repository is null
        or runs.head_repository = changes.head_repository
),

-- Where a branch is not told, the commit alone has to do: that of another branch is built there,
-- too, when requests stand on each other.
by_commit as (
    select
        runs.workflow_run_key,
        runs.run_created_at,
        changes.pull_request_number,
        changes.created_at,
        changes.closed_at,
        3 as match_rank
    from runs
    inner join commits
        on
            runs.repository = commits.repository
            and runs.head_sha = commits.sha
    inner join changes
        on
            commits.repository = changes.repository
            and commits.pull_request_number = changes.pull_request_number
    where runs.head_branch is null or changes.head_ref is null
),

matched as (
    select * from by_branch
    union all
    select * from by_commit
),

-- What its closing starts begins a moment after it.
ranked as (
    select
        *,
        rank() over (partition by workflow_run_key order by match_rank) as candidate_rank
    from matched
    where
        run_created_at >= created_at
        and (
            closed_at is null
            or {{ seconds_between('closed_at', 'run_created_at') }} <= 300
        )
),

numbered as (
    select
        workflow_run_key,
        min(pull_request_number) as lowest_number,
        max(pull_request_number) as highest_number
    from ranked
    where candidate_rank = 1
    group by workflow_run_key
),

final as (
    select
        workflow_run_key,
        lowest_number as pull_request_number
    from numbered
    where lowest_number = highest_number
)

select * from final
