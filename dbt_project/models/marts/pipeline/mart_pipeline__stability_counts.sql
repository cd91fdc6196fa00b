with attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

failed as (
    select * from {{ ref('fct_failed_pipelines') }}
    where is_first_attempt
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

-- The last 28 days and the 28 before them.
runs as (
    select
        attempts.*,
        case
            when {{ days_between('attempts.run_created_date', 'dates.last_date') }} < 28
                then '28_days'
            else 'previous_28_days'
        end as window_name,
        failed.failure_cause,
        failed.is_no_code_failure,
        limits.parameter_value as unknown_share
    from attempts
    cross join dates
    inner join {{ ref('rule_parameters') }} as limits
        on limits.rule_name = 'pipeline_stability' and limits.parameter = 'unknown_share'
    left join failed
        on attempts.workflow_run_attempt_key = failed.workflow_run_attempt_key
    where
        {{ days_between('attempts.run_created_date', 'dates.last_date') }} < 56
        and attempts.run_created_date <= dates.last_date
        and attempts.is_decided
),

entities as (
    {{ grains_of_runs('runs') }}
),

-- Failures that no code explains; in part those of which nobody knows whether code does.
firsts as (
    select
        grain,
        entity_key,
        window_name,
        min(entity) as entity,
        count(*) as first_attempt_count,
        {{ exact_sum("case
            when is_no_code_failure then 1
            when failure_cause is not null and is_no_code_failure is null then unknown_share
            else 0 end") }} as no_code_failure_count,
        count(*) filter (where failure_cause = 'infrastructure') as infrastructure_failure_count
    from entities
    where is_first_attempt
    group by grain, entity_key, window_name
),

-- The same workflow on the same commit, by re-run or by another run.
states as (
    select
        grain,
        entity_key,
        window_name,
        workflow_key,
        head_sha,
        max(case when is_bad or has_retried_failure then 1 else 0 end)
        * max(case when result = 'success' then 1 else 0 end) as has_both
    from entities
    where head_sha is not null
    group by grain, entity_key, window_name, workflow_key, head_sha
),

mixed_states as (
    select
        grain,
        entity_key,
        window_name,
        count(*) as state_count,
        sum(has_both) as both_results_count
    from states
    group by grain, entity_key, window_name
),

-- Within a workflow only: a fast and a slow one beside each other are not unstable.
medians as (
    select
        workflow_key,
        window_name,
        {{ percentile('duration_seconds', 0.5) }} as median_seconds
    from runs
    where is_final_attempt and result = 'success' and duration_seconds is not null
    group by workflow_key, window_name
),

spreads as (
    select
        entities.grain,
        entities.entity_key,
        entities.window_name,
        count(*) as duration_count,
        1.4826e0 * {{ percentile(
            'abs(entities.duration_seconds - medians.median_seconds)'
            ~ ' / nullif(medians.median_seconds, 0)', 0.5
        ) }} as spread
    from entities
    inner join medians
        on
            entities.workflow_key = medians.workflow_key
            and entities.window_name = medians.window_name
    where
        entities.is_final_attempt
        and entities.result = 'success'
        and entities.duration_seconds is not null
    group by entities.grain, entities.entity_key, entities.window_name
),

final as (
    select
        firsts.grain,
        firsts.entity_key,
        firsts.entity,
        firsts.window_name,
        firsts.first_attempt_count,
        firsts.no_code_failure_count,
        cast(firsts.infrastructure_failure_count as double) as infrastructure_failure_count,
        coalesce(mixed_states.state_count, 0) as state_count,
        cast(coalesce(mixed_states.both_results_count, 0) as double) as both_results_count,
        coalesce(spreads.duration_count, 0) as duration_count,
        spreads.spread as duration_spread_ratio,
        case firsts.window_name
            when '28_days' then dates.last_date
            else {{ days_after('dates.last_date', -28) }}
        end as measured_date
    from firsts
    cross join dates
    left join mixed_states
        on
            firsts.grain = mixed_states.grain
            and firsts.entity_key = mixed_states.entity_key
            and firsts.window_name = mixed_states.window_name
    left join spreads
        on
            firsts.grain = spreads.grain
            and firsts.entity_key = spreads.entity_key
            and firsts.window_name = spreads.window_name
)

select * from final
