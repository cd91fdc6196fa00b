with states as (
    select * from {{ ref('int_test_states_judged') }}
),

renames as (
    select * from {{ ref('fct_test_renames') }}
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

-- Where the code was run: on the default branch, on a branch of its own, or nobody says.
branches as (
    select
        repository,
        coalesce(tree_sha, head_sha) as code_sha,
        max(case when is_default_branch then 1 else 0 end) = 1 as is_default_branch,
        min(head_branch) as branch_name
    from attempts
    group by repository, coalesce(tree_sha, head_sha)
),

final as (
    select
        states.test_key,
        states.code_sha,
        states.environment,
        coalesce(renames.current_test_key, states.test_key) as current_test_key,
        states.repository,
        case when not branches.is_default_branch then branches.branch_name end as branch_name,
        states.execution_count,
        states.pass_count,
        states.failure_count,
        states.pass_count > 0 and states.failure_count > 0 as is_flaky,
        states.is_first_failed,
        coalesce(branches.is_default_branch, false) as is_default_branch,
        coalesce(branches.is_default_branch or branches.branch_name is null, true)
            as is_shared_history,
        states.pass_since_count,
        states.first_seen_at,
        states.last_seen_at,
        states.disagreed_since_at,
        states.disagreed_until_at
    from states
    left join branches
        on
            states.repository = branches.repository
            and states.code_sha = branches.code_sha
    left join renames
        on states.test_key = renames.previous_test_key
)

select * from final
