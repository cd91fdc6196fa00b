with events as (
    select * from {{ ref('mart_pipeline__drag_events') }}
),

series as (
    select * from {{ ref('mart_insight__weekly_series') }}
    where metric = 'queue_time_mean_seconds' and grain = 'team'
),

runs as (
    select * from {{ ref('mart_insight__weeks') }}
    where grain = 'team'
),

commits as (
    select * from {{ ref('fct_commits') }}
    where not is_bot and author_key is not null
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

limits as (
    select
        {% for name in [
            'triage_minutes_low', 'triage_minutes', 'triage_minutes_high', 'waiting_share_low',
            'waiting_share', 'waiting_share_high', 'plausible_ratio', 'doubtful_ratio'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'week_hours' then parameter_value end) as week_hours
    from {{ ref('rule_parameters') }}
    where rule_name = 'quality_drag'
),

-- Jobs of a run wait side by side: a run waits as long as a job does in the mean.
queues as (
    select
        series.entity as team,
        series.week_start_date,
        runs.attempt_count * greatest(series.metric_value - bases.base_median, 0)
            as queue_excess_seconds
    from series
    inner join {{ ref('mart_insight__weekly_bases') }} as bases
        on series.weekly_series_key = bases.weekly_series_key
    inner join runs
        on series.entity = runs.entity and series.week_start_date = runs.week_start_date
),

people as (
    select
        team_key,
        {{ week_start('committed_date') }} as week_start_date,
        count(distinct author_key) as active_author_count
    from commits
    group by team_key, {{ week_start('committed_date') }}
),

counted as (
    select
        team_key,
        week_start_date,
        count(*) filter (where event_kind = 'false_failure') as false_failure_count,
        count(*) filter (where event_kind in ('flaky_fix', 'flaky_issue')) as flaky_fix_count,
        {{ exact_sum('duration_seconds', "event_kind = 'rerun'") }} as rerun_seconds,
        {{ exact_sum('duration_seconds', "event_kind in ('flaky_fix', 'flaky_issue')") }}
            as repair_seconds
    from events
    group by team_key, week_start_date
),

placed as (
    select
        teams.team_key,
        teams.team,
        weeks.week_start_date,
        weeks.is_complete_week,
        limits.*,
        coalesce(counted.false_failure_count, 0) as false_failure_count,
        coalesce(counted.flaky_fix_count, 0) as flaky_fix_count,
        coalesce(counted.rerun_seconds, 0) / 3600 as rerun_hours,
        queues.queue_excess_seconds / 3600 as queue_excess_hours,
        coalesce(counted.repair_seconds, 0) / 3600 as repair_hours,
        people.active_author_count
    from teams
    cross join weeks
    cross join limits
    left join counted
        on teams.team_key = counted.team_key and weeks.week_start_date = counted.week_start_date
    left join queues
        on teams.team = queues.team and weeks.week_start_date = queues.week_start_date
    left join people
        on teams.team_key = people.team_key and weeks.week_start_date = people.week_start_date
),

summed as (
    select
        *,
        repair_hours + false_failure_count * triage_minutes_low / 60
        + waiting_share_low * (rerun_hours + coalesce(queue_excess_hours, 0))
            as quality_drag_low_hours,
        repair_hours + false_failure_count * triage_minutes / 60
        + waiting_share * (rerun_hours + coalesce(queue_excess_hours, 0))
            as quality_drag_hours,
        repair_hours + false_failure_count * triage_minutes_high / 60
        + waiting_share_high * (rerun_hours + coalesce(queue_excess_hours, 0))
            as quality_drag_high_hours
    from placed
),

final as (
    select
        team_key,
        team,
        week_start_date,
        quality_drag_hours,
        quality_drag_low_hours,
        quality_drag_high_hours,
        false_failure_count * triage_minutes / 60 as triage_hours,
        waiting_share * rerun_hours as waiting_hours,
        waiting_share * queue_excess_hours as queue_hours,
        repair_hours,
        false_failure_count,
        flaky_fix_count,
        rerun_hours,
        queue_excess_hours,
        active_author_count,
        active_author_count * week_hours as working_hours,
        round(quality_drag_hours / (active_author_count * week_hours), 9) as quality_drag_ratio,
        case
            when quality_drag_hours > doubtful_ratio * active_author_count * week_hours
                then 'definition_in_doubt'
            when quality_drag_hours > plausible_ratio * active_author_count * week_hours
                then 'high'
            when active_author_count > 0 then 'plausible'
            else 'unknown'
        end as plausibility,
        is_complete_week
    from summed
)

select * from final
