with tests as (
    select * from {{ ref('dim_tests') }}
),

results as (
    select * from {{ ref('fct_test_results') }}
),

evidence as (
    select * from {{ ref('mart_test__flake_evidence') }}
),

dates as (
    select max(calendar_date) as today from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'flaky_limit' then parameter_value end) as flaky_limit,
        max(case when parameter = 'clear_days' then parameter_value end) as clear_days,
        max(case when parameter = 'clear_passes' then parameter_value end) as clear_passes
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_evidence'
),

executions as (
    select
        results.test_key,
        count(*) as execution_count,
        count(*) filter (where results.is_failure) as failure_count,
        count(*) filter (where results.is_in_flaky_state) as flaky_execution_count,
        count(*) filter (where results.is_retry_pass) as retry_pass_count,
        count(*) filter (
            where results.verdict = 'passed' and results.run_created_at > evidence.last_flaky_at
        ) as pass_since_count,
        {{ percentile('results.duration_seconds', 0.5) }} as duration_median_seconds
    from results
    left join evidence
        on results.test_key = evidence.test_key
    where results.is_execution and not results.is_outage
    group by results.test_key
),

scored as (
    select
        tests.*,
        executions.failure_count,
        executions.flaky_execution_count,
        executions.retry_pass_count,
        executions.duration_median_seconds,
        executions.execution_count as counted_execution_count,
        executions.pass_since_count,
        coalesce(evidence.state_count, 0) as state_count,
        coalesce(evidence.flaky_state_count, 0) as flaky_state_count,
        coalesce(evidence.isolated_count, 0) as isolated_count,
        evidence.last_flaky_at,
        limits.flaky_limit,
        coalesce(evidence.evidence_score, 0) as evidence_score,
        {{ days_between('cast(evidence.last_flaky_at as date)', 'dates.today') }}
        >= limits.clear_days
        or executions.pass_since_count >= limits.clear_passes as is_cleared
    from tests
    cross join limits
    cross join dates
    inner join executions
        on tests.test_key = executions.test_key
    left join evidence
        on tests.test_key = evidence.test_key
),

final as (
    select
        test_key,
        repository_key,
        team_key,
        service_key,
        repository,
        team,
        service,
        class_name,
        test_name,
        parameters,
        file_path,
        case
            when evidence_score >= flaky_limit and coalesce(is_cleared, false)
                then 'cleared'
            when evidence_score >= flaky_limit then 'flaky'
            when evidence_score > 0 then 'suspected'
            else 'none'
        end as flake_status,
        counted_execution_count as execution_count,
        failure_count,
        flaky_execution_count,
        state_count,
        flaky_state_count,
        isolated_count,
        retry_pass_count,
        evidence_score,
        cast(failure_count as double) / counted_execution_count as failure_ratio,
        cast(flaky_execution_count as double) / counted_execution_count as flake_ratio,
        duration_median_seconds,
        flaky_state_count > 0 as has_flaky_state,
        is_quarantined,
        first_seen_at,
        last_seen_at,
        last_failed_at,
        last_flaky_at
    from scored
)

select * from final
