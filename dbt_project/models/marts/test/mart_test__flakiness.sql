with tests as (
    select * from {{ ref('dim_tests') }}
),

results as (
    select * from {{ ref('fct_test_results') }}
),

renames as (
    select * from {{ ref('fct_test_renames') }}
),

evidence as (
    select * from {{ ref('mart_test__flake_evidence') }}
),

episodes as (
    select * from {{ ref('mart_test__flake_episodes') }}
),

quarantine as (
    select * from {{ ref('mart_test__quarantine') }}
),

dates as (
    select max(calendar_date) as today from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'minimum_executions' then parameter_value end)
            as minimum_executions,
        max(case when parameter = 'decay_days' then parameter_value end) as decay_days
    from {{ ref('rule_parameters') }}
    where rule_name in ('insufficient_data', 'test_life')
),

executions as (
    select
        coalesce(renames.current_test_key, results.test_key) as test_key,
        count(distinct results.test_key) as name_count,
        count(*) filter (where results.is_execution and not results.is_outage) as execution_count,
        count(*) filter (where results.is_failure and not results.is_outage) as failure_count,
        count(*) filter (where results.is_execution and results.is_in_flaky_state)
            as flaky_execution_count,
        count(*) filter (where results.is_retry_pass and not results.is_outage)
            as retry_pass_count,
        count(*) filter (where results.is_final_in_attempt) as final_count,
        count(*) filter (where results.is_final_in_attempt and not results.is_execution)
            as skip_count,
        {{ percentile('case when results.is_execution then results.duration_seconds end', 0.5) }}
            as duration_median_seconds,
        min(results.run_created_at) as first_seen_at,
        max(results.run_created_at) as last_seen_at,
        max(case when results.is_failure then results.run_created_at end) as last_failed_at
    from results
    left join renames
        on results.test_key = renames.previous_test_key
    group by coalesce(renames.current_test_key, results.test_key)
    having count(*) filter (where results.is_execution and not results.is_outage) > 0
),

history as (
    select
        test_key,
        count(*) as episode_count,
        max(case when is_open then 1 else 0 end) = 1 as is_open,
        max(started_at) as flaky_since_at,
        max(last_evidence_at) as last_evidence_at
    from episodes
    group by test_key
),

final as (
    select
        tests.test_key,
        tests.repository_key,
        tests.team_key,
        tests.service_key,
        tests.repository,
        tests.team,
        tests.service,
        tests.class_name,
        tests.test_name,
        tests.full_name,
        tests.parameters,
        tests.file_path,
        case
            when evidence.is_flaky_by_evidence and history.is_open then 'flaky'
            when evidence.is_flaky_by_evidence then 'cleared'
            when evidence.is_environment_dependent then 'environment_dependent'
            when evidence.evidence_score > 0 then 'suspected'
            when executions.execution_count >= limits.minimum_executions then 'no_evidence'
            else 'insufficient_data'
        end as flake_status,
        executions.name_count,
        executions.execution_count,
        executions.failure_count,
        executions.flaky_execution_count,
        executions.retry_pass_count,
        executions.final_count,
        executions.skip_count,
        coalesce(evidence.state_count, 0) as state_count,
        coalesce(evidence.flaky_state_count, 0) as flaky_state_count,
        coalesce(evidence.isolated_count, 0) as isolated_count,
        coalesce(evidence.evidence_score, 0) as evidence_score,
        evidence.detector_count,
        evidence.agreeing_detector_count,
        coalesce(history.episode_count, 0) as episode_count,
        cast(executions.failure_count as double) / executions.execution_count as failure_ratio,
        cast(executions.flaky_execution_count as double) / executions.execution_count
            as flake_ratio,
        evidence.two_state_flake_ratio,
        evidence.flake_ratio_low,
        evidence.flake_ratio_high,
        evidence.shrunk_flake_ratio,
        evidence.broken_state_ratio,
        executions.duration_median_seconds,
        quarantine.quarantine_age_days,
        coalesce(evidence.flaky_state_count > 0, false) as has_flaky_state,
        coalesce(evidence.is_flaky_by_evidence, false) as was_flaky,
        coalesce(quarantine.quarantine_mark = 'quarantined', false) as is_quarantined,
        quarantine.test_key is not null as is_out_of_use,
        {{ days_between(
            business_date('coalesce(executions.last_failed_at, executions.first_seen_at)'),
            'dates.today'
        ) }} >= limits.decay_days as is_failure_decayed,
        executions.first_seen_at,
        executions.last_seen_at,
        executions.last_failed_at,
        history.flaky_since_at,
        history.last_evidence_at,
        quarantine.marked_at as quarantined_at
    from executions
    cross join limits
    cross join dates
    inner join tests
        on executions.test_key = tests.test_key
    left join evidence
        on executions.test_key = evidence.test_key
    left join history
        on executions.test_key = history.test_key
    left join quarantine
        on executions.test_key = quarantine.test_key
)

select * from final
