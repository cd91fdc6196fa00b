with anomalies as (
    select * from {{ ref('mart_insight__anomalies') }}
    where is_anomaly and is_worse
),

declines as (
    select * from {{ ref('mart_insight__declines') }}
    where decline_state = 'declined'
),

found as (
    select
        'anomaly' as insight_kind,
        weekly_series_key,
        series_key,
        metric,
        grain,
        entity,
        team,
        metric_value,
        base_value,
        observation_count,
        cast(base_week_count as bigint) as week_count,
        'mart_insight__anomalies' as evidence_table,
        week_start_date as first_week_start_date,
        week_start_date
    from anomalies
    union all
    select
        'decline' as insight_kind,
        weekly_series_key,
        series_key,
        metric,
        grain,
        entity,
        team,
        metric_value,
        first_metric_value as base_value,
        observation_count,
        week_count,
        'mart_insight__declines' as evidence_table,
        first_week_start_date,
        week_start_date
    from declines
),

worded as (
    select
        *,
        case
            when metric like '%_ratio' then cast(round(100 * metric_value, 1) as string) || ' %'
            else cast(cast(round(metric_value, 0) as bigint) as string) || ' s'
        end as value_text,
        case
            when metric like '%_ratio' then cast(round(100 * base_value, 1) as string) || ' %'
            else cast(cast(round(base_value, 0) as bigint) as string) || ' s'
        end as base_text,
        replace(replace(replace(metric, '_ratio', ''), '_seconds', ''), '_', ' ') as metric_text
    from found
),

final as (
    select
        {{ surrogate_key(['insight_kind', 'series_key', 'week_start_date']) }} as told_week_key,
        insight_kind,
        series_key as subject_key,
        metric,
        grain,
        entity,
        team,
        case insight_kind
            when 'anomaly'
                then
                    entity || ': ' || metric_text || ' ' || value_text || ', against ' || base_text
                    || ' in the ' || cast(week_count as string) || ' weeks before'
            else
                entity || ': ' || metric_text || ' worse in each of ' || cast(week_count as string)
                || ' weeks, from ' || base_text || ' to ' || value_text
        end as sentence,
        -- Time of machines and of waiting alone: other metrics are not measured in it.
        case
            when metric in ('pipeline_duration_median_seconds', 'queue_time_mean_seconds')
                then (metric_value - base_value) * observation_count
            when metric = 'rerun_burden_seconds' then metric_value - base_value
        end as impact_seconds,
        metric_value,
        base_value,
        observation_count,
        evidence_table,
        weekly_series_key as evidence_key,
        first_week_start_date,
        week_start_date
    from worded
)

select * from final
