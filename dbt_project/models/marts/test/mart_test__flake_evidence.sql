with states as (
    select * from {{ ref('fct_test_states') }}
),

limits as (
    select
        max(case when parameter = 'disagreement' then parameter_value end) as disagreement,
        max(case when parameter = 'isolated_one_environment' then parameter_value end)
            as isolated_one_environment,
        max(case when parameter = 'isolated' then parameter_value end) as isolated
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_evidence'
),

-- Pass, fail, pass on the first attempts of consecutive states of one environment. Only on the
-- default branch: on a branch of its own a change is broken and mended all the time.
neighbours as (
    select
        test_key,
        code_sha,
        environment,
        is_first_failed
        and not lag(is_first_failed)
            over (
                partition by test_key, environment order by first_seen_at, code_sha
            )
        and not lead(is_first_failed) over (
            partition by test_key, environment order by first_seen_at, code_sha
        ) as is_isolated
    from states
    where is_default_branch
),

environments as (
    select
        *,
        count(*) filter (where not is_first_failed) over (partition by test_key, code_sha)
            as passing_environment_count
    from states
),

counted as (
    select
        environments.test_key,
        count(*) as state_count,
        count(*) filter (where environments.is_flaky) as flaky_state_count,
        count(*) filter (where neighbours.is_isolated) as isolated_count,
        count(*) filter (
            where neighbours.is_isolated and environments.passing_environment_count > 0
        ) as isolated_one_environment_count,
        max(case when environments.is_flaky then environments.last_seen_at end)
            as last_flaky_at
    from environments
    left join neighbours
        on
            environments.test_key = neighbours.test_key
            and environments.code_sha = neighbours.code_sha
            and environments.environment = neighbours.environment
    group by environments.test_key
),

final as (
    select
        counted.*,
        limits.disagreement * counted.flaky_state_count
        + limits.isolated_one_environment * counted.isolated_one_environment_count
        + limits.isolated * counted.isolated_count as evidence_score
    from counted
    cross join limits
)

select * from final
