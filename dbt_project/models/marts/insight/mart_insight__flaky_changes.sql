{%- set shown_at = 'coalesce(states.evidence_since_at, states.first_seen_at)' -%}
with flakiness as (
    select
        *,
        min(first_seen_at) over (partition by repository_key) as repository_since_at
    from {{ ref('mart_test__flakiness') }}
),

beginnings as (
    select * from {{ ref('mart_insight__flaky_beginnings') }}
),

states as (
    select * from {{ ref('fct_test_state_evidence') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

parameters as (
    select
        {% for name in [
            'new_days', 'days_after', 'days_before', 'minimum_states', 'minimum_ratio'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'false_discovery_rate' then parameter_value end)
            as false_discovery_rate
    from {{ ref('rule_parameters') }}
    where rule_name = 'flaky_change'
),

-- When the results have just begun, nobody knows since when a test is flaky.
tests as (
    select
        tests.*,
        beginnings.began_at,
        beginnings.beginning_count,
        {{ days_between(business_date('beginnings.began_at'), 'dates.last_date') }}
        < parameters.new_days
        and (
            beginnings.beginning_count > 1
            or {{ days_between(
                business_date('tests.repository_since_at'), business_date('beginnings.began_at')
            ) }} >= parameters.new_days
        ) as is_newly_flaky
    from flakiness as tests
    cross join dates
    cross join parameters
    inner join beginnings
        on tests.test_key = beginnings.test_key
    where tests.flake_status = 'flaky'
),

aged as (
    select
        states.current_test_key as test_key,
        case when states.evidence_points > 0 then 1 else 0 end as hit,
        {{ days_between(business_date(shown_at), 'dates.last_date') }}
        < parameters.days_after as is_last,
        {{ shown_at }} >= tests.began_at as is_since
    from states
    inner join tests
        on states.current_test_key = tests.test_key
    cross join dates
    cross join parameters
    where
        {{ days_between(business_date(shown_at), 'dates.last_date') }}
        < parameters.days_after + parameters.days_before
),

-- What begins to flake is told as new: before that it has nothing to get worse from.
counted as (
    select
        test_key,
        cast(sum(case when is_last then hit else 0 end) as double) as last_hits,
        cast(count(case when is_last then 1 end) as double) as last_trials,
        cast(sum(case when is_last then 0 else hit end) as double) as first_hits,
        cast(count(case when not is_last then 1 end) as double) as first_trials
    from aged
    where is_last or is_since
    group by test_key
),

enough as (
    select counted.*
    from counted
    cross join parameters
    where least(counted.last_trials, counted.first_trials) >= parameters.minimum_states
),

exact as (
    {{ fisher_exact('enough', 'test_key') }}
),

judged as (
    select
        exact.test_key,
        exact.chance,
        parameters.false_discovery_rate
    from exact
    cross join parameters
),

discovered as (
    {{ discoveries('judged', 'test_key', 'false_discovery_rate') }}
),

final as (
    select
        tests.test_key,
        tests.repository_key,
        tests.team_key,
        tests.repository,
        tests.team,
        tests.class_name,
        tests.test_name,
        tests.full_name,
        case
            when tests.is_newly_flaky and tests.beginning_count = 1 then 'new'
            when tests.is_newly_flaky then 'came_back'
            when
                discovered.test_key is not null
                and counted.last_hits / counted.last_trials
                >= parameters.minimum_ratio * counted.first_hits / counted.first_trials
                then 'worsened'
            else 'as_before'
        end as flaky_change,
        tests.flaky_state_count,
        tests.state_count,
        cast(counted.last_hits as bigint) as evidence_state_count,
        cast(counted.last_trials as bigint) as recent_state_count,
        cast(counted.first_hits as bigint) as previous_evidence_state_count,
        cast(counted.first_trials as bigint) as previous_state_count,
        counted.last_hits / nullif(counted.last_trials, 0) as evidence_ratio,
        counted.first_hits / nullif(counted.first_trials, 0) as previous_evidence_ratio,
        judged.chance,
        {{ business_date('tests.began_at') }} as flaky_since_date,
        {{ business_date('tests.last_evidence_at') }} as last_evidence_date
    from tests
    cross join parameters
    left join counted
        on tests.test_key = counted.test_key
    left join judged
        on tests.test_key = judged.test_key
    left join discovered
        on tests.test_key = discovered.test_key
)

select * from final
