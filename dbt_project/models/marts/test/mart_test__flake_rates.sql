with states as (
    select * from {{ ref('fct_test_states') }}
),

evidence as (
    select * from {{ ref('fct_test_state_evidence') }}
),

limits as (
    select max(parameter_value) as prior_executions
    from {{ ref('rule_parameters') }}
    where rule_name = 'two_state' and parameter = 'prior_executions'
),

tests as (
    select
        current_test_key as test_key,
        min(repository) as repository,
        count(*) as state_count,
        sum(execution_count) as execution_count,
        sum(failure_count) as failure_count
    from states
    group by current_test_key
),

-- All that the model needs to know of a test that ever failed.
statistics as (
    select
        current_test_key as test_key,
        count(*) as state_count,
        sum(case when pass_count > 0 then failure_count else 0 end) as good_failure_count,
        sum(case when pass_count > 0 then execution_count else 0 end) as good_execution_count,
        count(*) filter (where pass_count = 0 and failure_count = 1) as broken_1_count,
        count(*) filter (where pass_count = 0 and failure_count = 2) as broken_2_count,
        count(*) filter (where pass_count = 0 and failure_count = 3) as broken_3_count,
        count(*) filter (where pass_count = 0 and failure_count > 3) as broken_4_count
    from evidence
    group by current_test_key
),

{{ two_state_steps('step', 'statistics', 30) }},

-- What the last step holds for broken is no evidence of flakiness.
estimated as (
    select
        tests.*,
        coalesce(
            step_30.broken_1_count + step_30.broken_2_count
            + step_30.broken_3_count + step_30.broken_4_count, 0
        ) as broken_state_count,
        coalesce(step_30.good_failure_count + step_30.blamed_count, 0) as flaky_failure_count,
        coalesce(step_30.good_execution_count + step_30.blamed_count, tests.execution_count)
            as good_execution_count,
        coalesce(step_30.broken_chance, 0) as broken_chance
    from tests
    left join step_30
        on tests.test_key = step_30.test_key
),

priors as (
    select
        repository,
        {{ exact_sum('flaky_failure_count') }} / nullif({{ exact_sum('good_execution_count') }}, 0)
            as usual_ratio
    from estimated
    group by repository
),

final as (
    select
        estimated.test_key,
        cast(estimated.state_count as bigint) as state_count,
        cast(estimated.broken_state_count as bigint) as broken_state_count,
        cast(estimated.execution_count as bigint) as execution_count,
        cast(estimated.failure_count as bigint) as failure_count,
        round(cast(estimated.flaky_failure_count as double), 9) as expected_flaky_failure_count,
        round(cast(estimated.good_execution_count as double), 9)
            as expected_good_execution_count,
        round(estimated.broken_chance, 9) as broken_state_ratio,
        round(
            cast(estimated.flaky_failure_count as double)
            / nullif(estimated.good_execution_count, 0), 9
        ) as two_state_flake_ratio,
        round(
            (
                cast(estimated.flaky_failure_count as double)
                + priors.usual_ratio * limits.prior_executions
            ) / (estimated.good_execution_count + limits.prior_executions), 9
        ) as shrunk_flake_ratio,
        {{ wilson_limit(
            'estimated.flaky_failure_count', 'estimated.good_execution_count', '-'
        ) }} as flake_ratio_low,
        {{ wilson_limit(
            'estimated.flaky_failure_count', 'estimated.good_execution_count', '+'
        ) }} as flake_ratio_high
    from estimated
    cross join limits
    left join priors
        on estimated.repository is not distinct from priors.repository
)

select * from final
