{{ config(materialized='ephemeral') }}

with evidence as (
    select * from {{ ref('fct_test_state_evidence') }}
),

limits as (
    select max(parameter_value) as clear_passes
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_evidence' and parameter = 'clear_passes'
),

states as (
    select
        current_test_key as test_key,
        environment,
        repository,
        evidence_points,
        evidence_since_at,
        evidence_until_at,
        pass_since_count,
        row_number() over (
            partition by current_test_key
            order by coalesce(evidence_since_at, first_seen_at), code_sha, environment, test_key
        ) as state_number,
        cast(sum(pass_count) over (
            partition by current_test_key, environment
            order by coalesce(evidence_since_at, first_seen_at), code_sha, test_key
            rows between unbounded preceding and current row
        ) as double) as passes_so_far,
        cast(sum(pass_count) over (partition by current_test_key, environment) as double)
            as passes_in_all,
        max(evidence_points) over (partition by current_test_key, environment) as most_points
    from evidence
),

-- Passes clear only what flaked in their environment: behind so many passes comes the state that
-- had the last of them.
marks as (
    select
        test_key,
        environment,
        passes_so_far,
        1 as mark_order,
        state_number,
        cast(null as bigint) as evidence_number
    from states
    where most_points > 0
    union all
    select
        states.test_key,
        states.environment,
        states.passes_so_far - states.pass_since_count + limits.clear_passes as passes_so_far,
        0 as mark_order,
        cast(null as bigint) as state_number,
        states.state_number as evidence_number
    from states
    cross join limits
    where states.evidence_points > 0
),

cleared as (
    select
        test_key,
        evidence_number,
        min(state_number) over (
            partition by test_key, environment order by passes_so_far, mark_order
            rows between current row and unbounded following
        ) as cleared_number
    from marks
),

final as (
    select
        states.test_key,
        states.state_number,
        states.repository,
        states.evidence_points,
        cast(
            states.passes_in_all - states.passes_so_far + states.pass_since_count as bigint
        ) as pass_since_count,
        cleared.cleared_number,
        states.evidence_since_at,
        states.evidence_until_at
    from states
    inner join cleared
        on
            states.test_key = cleared.test_key
            and states.state_number = cleared.evidence_number
)

select * from final
