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

listed as (
    select
        repository,
        pull_request_number,
        sha
    from {{ ref('int_change_commits_united') }}
    union
    select
        repository,
        pull_request_number,
        head_sha as sha
    from changes
),

-- A request has a row for each of its commits.
commits as (
    select
        changes.repository,
        changes.pull_request_number,
        changes.head_repository,
        changes.head_ref,
        changes.created_at,
        changes.closed_at,
        listed.sha
    from changes
    inner join listed
        on
            changes.repository = listed.repository
            and changes.pull_request_number = listed.pull_request_number
),

-- What was pushed over is no commit of the request any more, but ran on its branch. A fork may name
-- its branch as ours is named: who tells nothing of forks is believed by the commit. Where a branch
-- is not told, the commit alone has to do: that of another branch is built there, too, when
-- requests stand on each other.
matched as (
    select
        runs.workflow_run_key,
        runs.run_created_at,
        commits.pull_request_number,
        commits.created_at,
        commits.closed_at,
        case when runs.head_sha = commits.sha then 1 else 2 end as match_rank
    from runs
    inner join commits
        on
            runs.repository = commits.repository
            and runs.head_branch = commits.head_ref
    where
        commits.head_repository is null
        or coalesce(runs.head_repository, runs.repository) = commits.head_repository
        or (
            -- of a fork that is deleted since, not everything says which it was
            coalesce(runs.head_repository, '') <> runs.repository
            and runs.head_sha = commits.sha
        )
    union all
    select
        runs.workflow_run_key,
        runs.run_created_at,
        commits.pull_request_number,
        commits.created_at,
        commits.closed_at,
        3 as match_rank
    from runs
    inner join commits
        on
            runs.repository = commits.repository
            and runs.head_sha = commits.sha
    where runs.head_branch is null or commits.head_ref is null
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
