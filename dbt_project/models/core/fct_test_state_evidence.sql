with states as (
    select * from {{ ref('fct_test_states') }}
),

points as (
    select
        max(case when parameter = 'disagreement' then parameter_value end) as disagreement,
        max(case when parameter = 'isolated_one_environment' then parameter_value end)
            as isolated_one_environment,
        max(case when parameter = 'isolated' then parameter_value end) as isolated
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_evidence'
),

-- Tests that never failed have nothing to explain: most of all.
watched as (
    select *
    from states
    where
        current_test_key in (
            select failing.current_test_key
            from states as failing
            where failing.failure_count > 0
        )
),

-- A spell counts the states that passed so far: the broken states of one spell are a streak.
spelled as (
    select
        *,
        lag(is_first_failed) over (
            partition by current_test_key, environment, branch_name
            order by first_seen_at, code_sha, test_key
        ) as was_failed_before,
        lead(is_first_failed) over (
            partition by current_test_key, environment, branch_name
            order by first_seen_at, code_sha, test_key
        ) as was_failed_after,
        sum(case when pass_count > 0 then 1 else 0 end) over (
            partition by current_test_key, environment, branch_name
            order by first_seen_at, code_sha, test_key
            rows between unbounded preceding and current row
        ) as branch_spell,
        sum(case when pass_count > 0 then 1 else 0 end) over (
            partition by current_test_key, environment order by first_seen_at, code_sha, test_key
            rows between unbounded preceding and current row
        ) as environment_spell
    from watched
),

codes as (
    select
        current_test_key,
        code_sha,
        count(*) as environment_count,
        count(*) filter (where pass_count = 0) as broken_environment_count,
        count(*) filter (where failure_count = 0) as clean_environment_count,
        count(*) filter (where not is_first_failed) as passing_environment_count
    from watched
    group by current_test_key, code_sha
),

-- Streaks are of broken states alone, and these are few.
broken as (
    select
        test_key,
        code_sha,
        environment,
        count(*) over (
            partition by current_test_key, environment, branch_name, branch_spell
        ) as streak_state_count,
        sum(failure_count) over (
            partition by current_test_key, environment, branch_name, branch_spell
        ) as streak_failure_count,
        first_value(code_sha) over (
            partition by current_test_key, environment, branch_name, branch_spell
            order by first_seen_at, code_sha, test_key
        ) as streak_code_sha,
        -- The same code that fails in one run after the other is as much of a streak as two states.
        sum(case when last_seen_at > first_seen_at then 2 else 1 end) over (
            partition by current_test_key, environment, environment_spell
        ) as environment_streak_state_count
    from spelled
    where pass_count = 0
),

judged as (
    select
        *,
        -- Pass, fail, pass on first tries of everybody's code: a branch is broken and mended.
        coalesce(
            is_shared_history
            and is_first_failed
            and not was_failed_before
            and not was_failed_after,
            false
        ) as is_isolated
    from spelled
),

final as (
    select
        judged.test_key,
        judged.code_sha,
        judged.environment,
        judged.current_test_key,
        judged.repository,
        judged.branch_name,
        judged.execution_count,
        judged.pass_count,
        judged.failure_count,
        codes.environment_count,
        codes.broken_environment_count,
        codes.clean_environment_count,
        cast(broken.streak_state_count as bigint) as streak_state_count,
        cast(broken.streak_failure_count as bigint) as streak_failure_count,
        cast(broken.environment_streak_state_count as bigint) as environment_streak_state_count,
        broken.streak_code_sha,
        points.disagreement * case when judged.is_flaky then 1 else 0 end
        + points.isolated_one_environment
        * case when judged.is_isolated and codes.passing_environment_count > 0 then 1 else 0 end
        + points.isolated * case when judged.is_isolated then 1 else 0 end as evidence_points,
        judged.is_flaky,
        judged.is_first_failed,
        judged.is_isolated,
        judged.is_isolated and codes.passing_environment_count > 0 as is_isolated_one_environment,
        judged.is_shared_history,
        judged.pass_since_count,
        judged.first_seen_at,
        judged.last_seen_at,
        coalesce(
            judged.disagreed_since_at, case when judged.is_isolated then judged.first_seen_at end
        ) as evidence_since_at,
        coalesce(
            judged.disagreed_until_at, case when judged.is_isolated then judged.last_seen_at end
        ) as evidence_until_at
    from judged
    inner join codes
        on
            judged.current_test_key = codes.current_test_key
            and judged.code_sha = codes.code_sha
    left join broken
        on
            judged.test_key = broken.test_key
            and judged.code_sha = broken.code_sha
            and judged.environment = broken.environment
    cross join points
)

select * from final
