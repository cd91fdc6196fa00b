with failures as (
    select * from {{ ref('mart_pipeline__failures') }}
    where is_first_attempt
),

teams as (
    select * from {{ ref('dim_teams') }}
),

weeks as (
    select
        week_start_date,
        is_complete_week
    from {{ ref('dim_dates') }}
    group by week_start_date, is_complete_week
),

hours as (
    select
        max(case when parameter = 'first_hour' then parameter_value end) as first_hour,
        max(case when parameter = 'last_hour' then parameter_value end) as last_hour
    from {{ ref('rule_parameters') }}
    where rule_name = 'working_hours'
),

timed as (
    select
        failing_team as team,
        'failure' as event_kind,
        failure_cause,
        is_cross_team,
        is_default_branch,
        duration_seconds,
        run_created_date as event_date,
        finished_at as event_at
    from failures
    union all
    select
        team,
        'recovery' as event_kind,
        null as failure_cause,
        false as is_cross_team,
        is_default_branch,
        null as duration_seconds,
        {{ business_date('recovered_at') }} as event_date,
        recovered_at as event_at
    from {{ ref('fct_failing_streaks') }}
    where is_default_branch and recovered_at is not null
    union all
    select
        team,
        'rerun' as event_kind,
        null as failure_cause,
        false as is_cross_team,
        is_default_branch,
        rerun_seconds as duration_seconds,
        run_created_date as event_date,
        finished_at as event_at
    from {{ ref('fct_workflow_run_attempts') }}
    where rerun_seconds is not null
),

placed as (
    select
        timed.*,
        {{ week_start('timed.event_date') }} as week_start_date,
        {{ day_of_iso_week(business_date('timed.event_at')) }} <= 5
        and extract(hour from {{ business_time('timed.event_at') }}) >= hours.first_hour
        and extract(hour from {{ business_time('timed.event_at') }}) < hours.last_hour
            as is_working_time
    from timed
    cross join hours
),

summed as (
    select
        team,
        week_start_date,
        count(*) filter (where event_kind = 'failure') as failed_pipeline_count,
        count(*) filter (where failure_cause = 'flaky_only') as flaky_pipeline_count,
        count(*) filter (where is_cross_team) as cross_team_failure_count,
        count(*) filter (
            where event_kind = 'failure' and is_default_branch and is_working_time
        ) as interruption_count,
        count(*) filter (where event_kind = 'recovery') as recovery_count,
        count(*) filter (where event_kind = 'recovery' and not is_working_time)
            as after_hours_recovery_count,
        {{ exact_sum('duration_seconds', "event_kind = 'rerun'") }} as rerun_burden_seconds
    from placed
    group by team, week_start_date
),

-- Every team has a row in every week: one without failures takes part in how they are shared.
filled as (
    select
        teams.team_key,
        teams.team,
        weeks.week_start_date,
        weeks.is_complete_week,
        {% for column in [
            'failed_pipeline', 'flaky_pipeline', 'cross_team_failure', 'interruption', 'recovery',
            'after_hours_recovery'] -%}
            cast(coalesce(summed.{{ column }}_count, 0) as bigint) as {{ column }}_count,
        {% endfor -%}
        coalesce(summed.rerun_burden_seconds, 0) as rerun_burden_seconds
    from teams
    cross join weeks
    left join summed
        on teams.team = summed.team and weeks.week_start_date = summed.week_start_date
),

ranked as (
    select
        *,
        row_number() over (
            partition by week_start_date order by failed_pipeline_count, team
        ) as burden_rank
    from filled
),

final as (
    select
        team_key,
        team,
        week_start_date,
        failed_pipeline_count,
        flaky_pipeline_count,
        cross_team_failure_count,
        interruption_count,
        recovery_count,
        after_hours_recovery_count,
        rerun_burden_seconds,
        cast(after_hours_recovery_count as double) / nullif(recovery_count, 0)
            as after_hours_recovery_ratio,
        failed_pipeline_count / nullif(cast(sum(failed_pipeline_count) over weekly as double), 0)
            as burden_ratio,
        max(failed_pipeline_count) over weekly
        / nullif(cast(sum(failed_pipeline_count) over weekly as double), 0) as top_team_ratio,
        2.0e0 * sum(burden_rank * failed_pipeline_count) over weekly
        / nullif(count(*) over weekly * sum(failed_pipeline_count) over weekly, 0)
        - (count(*) over weekly + 1.0e0) / count(*) over weekly as burden_gini_ratio,
        is_complete_week
    from ranked
    window weekly as (partition by week_start_date)
)

select * from final
