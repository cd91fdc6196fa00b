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

-- Pass, fail, pass on the first attempts of consecutive states of one environment.
neighbours as (
    select
        *,
        lag(is_first_failed) over (
            partition by test_key, environment order by first_seen_at, code_sha
        ) as was_failed_before,
        lead(is_first_failed) over (
            partition by test_key, environment order by first_seen_at, code_sha
        ) as was_failed_after,
        count(*) filter (where not is_first_failed) over (partition by test_key, code_sha)
            as passing_environment_count
    from states
),

counted as (
    select
        test_key,
        count(*) as state_count,
        count(*) filter (where is_flaky) as flaky_state_count,
        count(*) filter (
            where is_first_failed and not was_failed_before and not was_failed_after
        ) as isolated_count,
        count(*) filter (
            where
            is_first_failed
            and not was_failed_before
            and not was_failed_after
            and passing_environment_count > 0
        ) as isolated_one_environment_count,
        max(case when is_flaky then last_seen_at end) as last_flaky_at
    from neighbours
    group by test_key
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
