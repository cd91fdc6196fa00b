-- As in the series: a week is over when the data have a day of the next one.
with last_day as (
    select {{ days_after(week_start('max(calendar_date)'), -7) }} as last_week_start_date
    from {{ ref('dim_dates') }}
),

weeks as (
    select
        told.*,
        case told.insight_kind
            when 'anomaly' then 1
            when 'decline' then 2
            when 'low_coverage' then 3
            else 4
        end as sharpness
    from {{ ref('mart_insight__told_weeks') }} as told
    inner join last_day
        on told.week_start_date = last_day.last_week_start_date
),

-- What a team is told already is not told of its repositories again, and of what is said of one
-- series the sharper statement is enough.
weekly as (
    select
        *,
        count(case when grain = 'team' then 1 end) over (
            partition by insight_kind, metric, team
        ) as team_count,
        row_number() over (partition by subject_key order by sharpness) as sharpness_rank
    from weeks
),

stated as (
    select
        insight_kind,
        subject_key,
        metric,
        grain,
        entity,
        team,
        sentence,
        case when insight_kind = 'low_coverage' then 'fact' else 'rule' end as confidence_state,
        true as is_worse,
        impact_seconds,
        metric_value,
        base_value,
        observation_count,
        evidence_table,
        case when insight_kind = 'low_coverage' then 'series_key' else 'weekly_series_key' end
            as evidence_column,
        evidence_key,
        first_week_start_date as window_start_date,
        {{ days_after('week_start_date', 6) }} as window_end_date
    from weekly
    where sharpness_rank = 1 and (grain = 'team' or team_count = 0 or team is null)
    union all
    select
        insight_kind,
        subject_key,
        metric,
        grain,
        entity,
        team,
        sentence,
        confidence_state,
        is_worse,
        impact_seconds,
        metric_value,
        base_value,
        observation_count,
        evidence_table,
        evidence_column,
        evidence_key,
        window_start_date,
        window_end_date
    from {{ ref('mart_insight__told_tests') }}
    union all
    select
        insight_kind,
        subject_key,
        metric,
        grain,
        entity,
        team,
        sentence,
        confidence_state,
        is_worse,
        case
            when insight_kind = 'saturation' then (metric_value - base_value) * observation_count
        end as impact_seconds,
        metric_value,
        base_value,
        observation_count,
        evidence_table,
        evidence_column,
        evidence_key,
        window_start_date,
        window_end_date
    from {{ ref('mart_insight__told_delivery') }}
),

weighed as (
    select
        {{ surrogate_key(['stated.insight_kind', 'stated.subject_key']) }} as insight_key,
        stated.*,
        case when stated.is_worse then 0 else 1 end as news_order,
        case when stated.impact_seconds > 0 then stated.impact_seconds else 0 end as lost_seconds,
        coalesce(orders.parameter_value, 99) as kind_order,
        coalesce(
            abs(stated.metric_value - coalesce(stated.base_value, 0))
            / nullif(greatest(
                abs(stated.metric_value), abs(coalesce(stated.base_value, 0))
            ), 0), 0
        ) as relative_change
    from stated
    left join {{ ref('rule_parameters') }} as orders
        on orders.rule_name = 'insight_order' and stated.insight_kind = orders.parameter
),

-- Time lost comes first; what is not measured in time follows by how much hangs on it.
final as (
    select
        insight_key,
        insight_kind,
        subject_key,
        metric,
        grain,
        entity,
        team,
        sentence,
        confidence_state,
        is_worse,
        impact_seconds,
        metric_value,
        base_value,
        observation_count,
        evidence_table,
        evidence_column,
        evidence_key,
        window_start_date,
        window_end_date,
        row_number() over (
            order by
                news_order asc, lost_seconds desc, kind_order asc, relative_change desc,
                insight_kind asc, subject_key asc
        ) as impact_rank
    from weighed
)

select * from final
