with rates as (
    select * from {{ ref('mart_test__flake_rates') }}
),

trends as (
    select * from {{ ref('mart_test__flake_trends') }}
),

evidence as (
    select * from {{ ref('fct_test_state_evidence') }}
),

states as (
    select * from {{ ref('fct_test_states') }}
),

retries as (
    select * from {{ ref('fct_test_retries') }}
    where not is_outage and retry_scope in ('report', 'job')
),

limits as (
    select
        max(case when rule_text = 'flake_evidence.flaky_limit' then limit_value end)
            as evidence_limit,
        max(case when rule_text = 'flake_trend.flaky_limit' then limit_value end) as flip_limit,
        max(case when rule_text = 'two_state.flaky_limit' then limit_value end) as rate_limit,
        max(case when rule_text = 'flake_evidence.environment_streak' then limit_value end)
            as environment_streak,
        max(case when rule_text = 'insufficient_data.minimum_executions' then limit_value end)
            as minimum_executions,
        max(case when rule_text = 'flake_trend.window' then limit_value end)
        * max(case when rule_text = 'flake_trend.minimum_window_share' then limit_value end)
            as minimum_window
    from (
        select
            rule_name || '.' || parameter as rule_text,
            parameter_value as limit_value
        from {{ ref('rule_parameters') }}
    ) as rules
),

-- Code that ran more than once in one environment could have disagreed.
repeated as (
    select
        current_test_key as test_key,
        count(*) filter (where execution_count > 1) as repeated_state_count,
        count(*) filter (where is_shared_history) as shared_state_count
    from states
    group by current_test_key
),

weighed as (
    select
        current_test_key as test_key,
        count(*) filter (where is_flaky) as flaky_state_count,
        count(*) filter (where is_isolated) as isolated_count,
        count(*) filter (where is_isolated_one_environment) as isolated_one_environment_count,
        max(case when clean_environment_count > 0 then environment_streak_state_count else 0 end)
            as environment_streak_state_count,
        {{ exact_sum('evidence_points') }} as evidence_score,
        max(case when is_flaky then evidence_until_at end) as last_flaky_at
    from evidence
    group by current_test_key
),

chains as (
    select
        current_test_key as test_key,
        count(*) as retry_count,
        count(*) filter (where is_retry_pass) as retry_pass_count
    from retries
    group by current_test_key
),

measured as (
    select
        rates.*,
        coalesce(repeated.repeated_state_count, 0) as repeated_state_count,
        coalesce(weighed.flaky_state_count, 0) as flaky_state_count,
        coalesce(weighed.isolated_count, 0) as isolated_count,
        coalesce(weighed.isolated_one_environment_count, 0) as isolated_one_environment_count,
        coalesce(weighed.environment_streak_state_count, 0) as environment_streak_state_count,
        coalesce(weighed.evidence_score, 0) as evidence_score,
        coalesce(chains.retry_count, 0) as retry_count,
        coalesce(chains.retry_pass_count, 0) as retry_pass_count,
        trends.first_failure_ratio,
        trends.flip_count,
        trends.neighbour_count,
        trends.flip_ewma_ratio,
        trends.verdict_entropy,
        case
            when repeated.repeated_state_count > 0
                then coalesce(weighed.flaky_state_count > 0, false)
        end as is_flaky_by_same_code,
        chains.retry_pass_count > 0 as is_flaky_by_retry,
        case
            when rates.failure_count > 0 then trends.flip_ewma_ratio >= limits.flip_limit
            when repeated.shared_state_count > limits.minimum_window then false
        end as is_flaky_by_flips,
        case
            when rates.failure_count > 0 then trends.is_failure_ratio_high
            when repeated.shared_state_count > limits.minimum_window then false
        end as is_flaky_by_failure_ratio,
        case
            when rates.execution_count >= limits.minimum_executions
                then rates.two_state_flake_ratio >= limits.rate_limit
        end as is_flaky_by_two_states,
        coalesce(weighed.evidence_score >= limits.evidence_limit, false) as is_flaky_by_evidence,
        coalesce(
            weighed.flaky_state_count = 0
            and weighed.environment_streak_state_count >= limits.environment_streak,
            false
        ) as is_environment_dependent,
        weighed.last_flaky_at
    from rates
    cross join limits
    left join repeated
        on rates.test_key = repeated.test_key
    left join weighed
        on rates.test_key = weighed.test_key
    left join chains
        on rates.test_key = chains.test_key
    left join trends
        on rates.test_key = trends.test_key
),

final as (
    select
        *,
        cast(is_flaky_by_same_code is not null as bigint)
        + cast(is_flaky_by_retry is not null as bigint)
        + cast(is_flaky_by_flips is not null as bigint)
        + cast(is_flaky_by_failure_ratio is not null as bigint)
        + cast(is_flaky_by_two_states is not null as bigint) as detector_count,
        coalesce(cast(is_flaky_by_same_code as bigint), 0)
        + coalesce(cast(is_flaky_by_retry as bigint), 0)
        + coalesce(cast(is_flaky_by_flips as bigint), 0)
        + coalesce(cast(is_flaky_by_failure_ratio as bigint), 0)
        + coalesce(cast(is_flaky_by_two_states as bigint), 0) as agreeing_detector_count
    from measured
)

select * from final
