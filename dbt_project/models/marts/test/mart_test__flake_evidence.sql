with states as (
    select * from {{ ref('fct_test_states') }}
),

evidence as (
    select * from {{ ref('fct_test_state_evidence') }}
),

counted as (
    select
        test_key,
        count(*) as state_count
    from states
    group by test_key
),

weighed as (
    select
        test_key,
        count(*) filter (where is_flaky) as flaky_state_count,
        count(*) filter (where is_isolated) as isolated_count,
        count(*) filter (where is_isolated_one_environment) as isolated_one_environment_count,
        max(case when is_flaky then last_seen_at end) as last_flaky_at,
        {{ exact_sum('evidence_points') }} as evidence_score
    from evidence
    group by test_key
),

final as (
    select
        counted.test_key,
        counted.state_count,
        coalesce(weighed.flaky_state_count, 0) as flaky_state_count,
        coalesce(weighed.isolated_count, 0) as isolated_count,
        coalesce(weighed.isolated_one_environment_count, 0) as isolated_one_environment_count,
        coalesce(weighed.evidence_score, 0) as evidence_score,
        weighed.last_flaky_at
    from counted
    left join weighed
        on counted.test_key = weighed.test_key
)

select * from final
