with attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

failed as (
    select * from {{ ref('fct_failed_pipelines') }}
    where is_first_attempt
),

commits as (
    select * from {{ ref('fct_commits') }}
),

changes as (
    select * from {{ ref('fct_changes') }}
),

-- Where none is of the vendor that ran it, the number alone has to do.
numbers as (
    select
        repository,
        pull_request_number,
        min_by(change_key, vendor) as change_key
    from changes
    group by repository, pull_request_number
),

runs as (
    select
        attempts.*,
        {{ branch_line('attempts') }} as branch_line,
        attempts.result = 'success' as is_green,
        failed.workflow_run_key is not null as is_failed,
        {{ run_order('attempts.run_created_at', 'attempts.run_id') }} as run_order
    from attempts
    left join failed
        on attempts.workflow_run_key = failed.workflow_run_key
    where attempts.is_final_attempt and attempts.is_finished
),

-- A re-run that succeeds ends the streak which its own first attempt began or went on with.
numbered as (
    select
        *,
        coalesce(sum(case when is_green then 1 else 0 end) over (
            partition by workflow_key, branch_line
            order by run_order
            rows between unbounded preceding and 1 preceding
        ), 0) as green_count
    from runs
),

streaks as (
    select
        workflow_key,
        branch_line,
        green_count,
        min(vendor) as vendor,
        min(repository_key) as repository_key,
        min(team_key) as team_key,
        min(repository) as repository,
        min(team) as team,
        min(workflow_name) as workflow_name,
        min_by(head_branch, run_order) filter (where is_failed) as head_branch,
        max(pull_request_number) as pull_request_number,
        min_by(workflow_run_key, run_order) filter (where is_failed) as first_failed_run_key,
        min_by(head_sha, run_order) filter (where is_failed) as first_failed_sha,
        max(workflow_run_key) filter (where is_green) as recovered_run_key,
        count(*) filter (where is_failed) as failed_run_count,
        max(case when is_default_branch then 1 else 0 end) = 1 as is_default_branch,
        min(run_created_at) filter (where is_failed) as first_failed_at,
        max(run_created_at) filter (where is_failed) as last_failed_at,
        min_by(run_id, run_order) filter (where is_failed) as first_failed_run_id,
        max_by(run_id, run_order) filter (where is_failed) as last_failed_run_id,
        max(finished_at) filter (where is_green) as recovered_at
    from numbered
    group by workflow_key, branch_line, green_count
    having count(*) filter (where is_failed) > 0
),

final as (
    select
        {{ surrogate_key(['streaks.workflow_key', 'streaks.branch_line', 'streaks.green_count']) }}
            as failing_streak_key,
        streaks.workflow_key,
        streaks.repository_key,
        streaks.team_key,
        streaks.first_failed_run_key,
        streaks.recovered_run_key,
        greens.workflow_run_key as last_green_run_key,
        coalesce(changes.change_key, numbers.change_key) as change_key,
        streaks.repository,
        streaks.team,
        streaks.workflow_name,
        streaks.branch_line,
        streaks.head_branch,
        greens.head_sha as last_green_sha,
        streaks.first_failed_sha,
        streaks.first_failed_run_id,
        streaks.last_failed_run_id,
        case
            when
                streaks.is_default_branch
                and commits.default_branch_position >= green_commits.default_branch_position
                then commits.default_branch_position - green_commits.default_branch_position
        end as suspect_commit_count,
        streaks.failed_run_count,
        {{ span_seconds('streaks.first_failed_at', 'streaks.recovered_at') }} as recovery_seconds,
        streaks.is_default_branch,
        {{ business_date('streaks.first_failed_at') }} as first_failed_date,
        greens.run_created_at as last_green_at,
        streaks.first_failed_at,
        streaks.last_failed_at,
        streaks.recovered_at
    from streaks
    left join numbered as greens
        on
            streaks.workflow_key = greens.workflow_key
            and streaks.branch_line = greens.branch_line
            and streaks.green_count = greens.green_count + 1
            and greens.is_green
    left join commits
        on
            streaks.repository = commits.repository
            and streaks.first_failed_sha = commits.sha
    left join commits as green_commits
        on
            greens.repository = green_commits.repository
            and greens.head_sha = green_commits.sha
    left join changes
        on
            streaks.vendor = changes.vendor
            and streaks.repository = changes.repository
            and coalesce(streaks.pull_request_number, commits.pull_request_number)
            = changes.pull_request_number
    left join numbers
        on
            streaks.repository = numbers.repository
            and coalesce(streaks.pull_request_number, commits.pull_request_number)
            = numbers.pull_request_number
)

select * from final
