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
failing_tests as (
    select current_test_key
    from states
    group by current_test_key
    having sum(failure_count) > 0
),

watched as (
    select states.*
    from states
    inner join failing_tests
        on states.current_test_key = failing_tests.current_test_key
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
        ) as environment_spell,
        count(*) over (partition by current_test_key, code_sha) as environment_count,
        sum(case when pass_count = 0 then 1 else 0 end) over (
            partition by current_test_key, code_sha
        ) as broken_environment_count,
        sum(case when failure_count = 0 then 1 else 0 end) over (
            partition by current_test_key, code_sha
        ) as clean_environment_count,
        sum(case when is_first_failed then 0 else 1 end) over (
            partition by current_test_key, code_sha
        ) as passing_environment_count
    from watched
),

judged as (
    select
        *,
        -- Pass, fail, pass on neighbours' first attempts, only where everybody's code runs: on a
        -- branch of its own a change is broken and mended all the time.
        coalesce(
            is_shared_history
            and is_first_failed
            and not was_failed_before
            and not was_failed_after,
            false
        ) as is_isolated,
        sum(case when pass_count = 0 then 1 else 0 end) over (
            partition by current_test_key, environment, branch_name, branch_spell
        ) as streak_state_count,
        sum(case when pass_count = 0 then failure_count else 0 end) over (
            partition by current_test_key, environment, branch_name, branch_spell
        ) as streak_failure_count,
        first_value(code_sha) over (
            partition by current_test_key, environment, branch_name, branch_spell
            order by pass_count > 0, first_seen_at, code_sha, test_key
        ) as streak_code_sha,
        sum(case when pass_count = 0 then 1 else 0 end) over (
            partition by current_test_key, environment, environment_spell
        ) as environment_streak_state_count
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
        cast(judged.environment_count as bigint) as environment_count,
        cast(judged.broken_environment_count as bigint) as broken_environment_count,
        cast(judged.clean_environment_count as bigint) as clean_environment_count,
        cast(case when judged.pass_count = 0 then judged.streak_state_count end as bigint)
            as streak_state_count,
        cast(case when judged.pass_count = 0 then judged.streak_failure_count end as bigint)
            as streak_failure_count,
        cast(
            case when judged.pass_count = 0 then judged.environment_streak_state_count end as bigint
        ) as environment_streak_state_count,
        case when judged.pass_count = 0 then judged.streak_code_sha end as streak_code_sha,
        points.disagreement * case when judged.is_flaky then 1 else 0 end
        + points.isolated_one_environment
        * case when judged.is_isolated and judged.passing_environment_count > 0 then 1 else 0 end
        + points.isolated * case when judged.is_isolated then 1 else 0 end as evidence_points,
        judged.is_flaky,
        judged.is_first_failed,
        judged.is_isolated,
        judged.is_isolated
        and judged.passing_environment_count > 0 as is_isolated_one_environment,
        judged.is_shared_history,
        judged.first_seen_at,
        judged.last_seen_at
    from judged
    cross join points
)

select * from final
