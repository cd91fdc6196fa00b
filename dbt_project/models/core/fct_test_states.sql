with states as (
    select * from {{ ref('int_test_states_judged') }}
),

results as (
    select * from {{ ref('fct_test_results') }}
),

-- The first verdict of each run in the state, and when the state was first seen.
seen as (
    select
        test_key,
        code_sha,
        environment,
        min(run_created_at) as first_seen_at,
        max(run_created_at) as last_seen_at,
        max(case when is_default_branch then 1 else 0 end) = 1 as is_default_branch,
        min_by(
            is_failure,
            cast(run_created_at as string) || cast(retry_index as string) || test_result_key
        ) as is_first_failed
    from results
    where is_execution and not is_outage and code_sha is not null
    group by test_key, code_sha, environment
),

final as (
    select
        states.test_key,
        states.code_sha,
        states.environment,
        states.execution_count,
        states.pass_count,
        states.failure_count,
        states.pass_count > 0 and states.failure_count > 0 as is_flaky,
        coalesce(seen.is_first_failed, states.pass_count = 0) as is_first_failed,
        coalesce(seen.is_default_branch, false) as is_default_branch,
        seen.first_seen_at,
        seen.last_seen_at
    from states
    left join seen
        on
            states.test_key = seen.test_key
            and states.code_sha = seen.code_sha
            and states.environment = seen.environment
)

select * from final
