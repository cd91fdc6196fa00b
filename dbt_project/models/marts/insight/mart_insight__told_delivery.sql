{{ config(materialized='ephemeral') }}

with last_day as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

parameters as (
    select
        {% for name in ['days_after', 'days_before', 'told_days', 'window_days'] -%}
            cast(max(case when parameter = '{{ name }}' then parameter_value end) as integer)
                as {{ name }},
        {% endfor -%}
        max(case when parameter = 'stable_score' then parameter_value end) as stable_score
    from {{ ref('rule_parameters') }}
    where rule_name in ('insight_impact', 'saturation', 'delivery_change')
),

-- The newest release of each service: an older one is nobody's risk any more.
releases as (
    select
        *,
        coalesce(service, repository) as release_name,
        row_number() over (
            partition by repository_key, service order by finished_at desc, deployment_key asc
        ) as newest_rank
    from {{ ref('mart_risk__releases') }}
),

saturations as (
    select
        *,
        {{ runner_text('runner_group_name', 'runner_labels') }} as runner_name,
        {{ times_text('queue_growth_ratio') }} as growth_text,
        {{ duration_text('queue_mean_seconds') }} as queue_text,
        {{ duration_text('previous_queue_mean_seconds') }} as previous_queue_text
    from {{ ref('mart_pipeline__saturations') }}
    where saturation_state = 'queue_grew'
),

deliveries as (
    select
        *,
        case metric
            when 'deployment_frequency'
                then cast(round(7 * metric_value, 1) as string) || ' a week'
            when 'change_fail_ratio' then cast(round(100 * metric_value, 1) as string) || ' %'
            else {{ duration_text('metric_value') }}
        end as value_text,
        case metric
            when 'deployment_frequency' then cast(round(7 * previous_metric_value, 1) as string)
            when 'change_fail_ratio'
                then cast(round(100 * previous_metric_value, 1) as string) || ' %'
            else {{ duration_text('previous_metric_value') }}
        end as previous_text
    from {{ ref('mart_insight__delivery_changes') }}
    where change_state = 'changed'
),

final as (
    select
        'release_risk' as insight_kind,
        {{ surrogate_key(['releases.repository_key', 'releases.service']) }} as subject_key,
        'release_confidence_score' as metric,
        'service' as grain,
        releases.release_name as entity,
        releases.team,
        releases.release_name || ': confidence in the newest release ('
        || cast(releases.finished_date as string) || ') is '
        || cast(cast(round(releases.release_confidence_score, 0) as integer) as string)
        || ' of 100; most is lost by '
        || replace(coalesce(releases.costliest_part, 'nothing that is known'), '_', ' ')
        || coalesce(' and ' || replace(releases.second_costliest_part, '_', ' '), '')
        || case releases.cap_rule
            when 'regressed_check' then '; a required check failed as a regression'
            when 'open_incident' then '; an incident was open'
            else ''
        end as sentence,
        case when releases.score_state = 'scored' then 'rule' else 'hypothesis' end
            as confidence_state,
        true as is_worse,
        releases.release_confidence_score as metric_value,
        parameters.stable_score as base_value,
        cast(releases.change_count as double) as observation_count,
        'mart_risk__releases' as evidence_table,
        'deployment_key' as evidence_column,
        releases.deployment_key as evidence_key,
        releases.finished_date as window_start_date,
        releases.finished_date as window_end_date
    from releases
    cross join parameters
    where releases.newest_rank = 1 and releases.confidence_band in ('degraded', 'critical')
    union all
    select
        'saturation' as insight_kind,
        saturations.saturation_key as subject_key,
        'queue_time_mean_seconds' as metric,
        'runner' as grain,
        saturations.runner_name as entity,
        cast(null as string) as team,
        saturations.runner_name || ': queue time up '
        || saturations.growth_text || ' after saturation on '
        || cast(saturations.onset_date as string) || ': '
        || saturations.queue_text || ' against ' || saturations.previous_queue_text || ' in the '
        || cast(parameters.days_before as string) || ' days before' as sentence,
        'rule' as confidence_state,
        true as is_worse,
        saturations.queue_mean_seconds as metric_value,
        saturations.previous_queue_mean_seconds as base_value,
        cast(saturations.job_count as double) as observation_count,
        'mart_pipeline__saturations' as evidence_table,
        'saturation_key' as evidence_column,
        saturations.saturation_key as evidence_key,
        saturations.onset_date as window_start_date,
        {{ days_after('saturations.onset_date', 'parameters.days_after - 1') }}
            as window_end_date
    from saturations
    cross join parameters
    cross join last_day
    where
        {{ days_between('saturations.onset_date', 'last_day.last_date') }} < parameters.told_days
    union all
    select
        'delivery_change' as insight_kind,
        delivery_change_key as subject_key,
        metric,
        grain,
        entity,
        entity as team,
        entity || ': ' || replace(replace(replace(metric, '_ratio', ''), '_seconds', ''), '_', ' ')
        || case when metric_value > previous_metric_value then ' up to ' else ' down to ' end
        || value_text || ' in ' || cast(parameters.window_days as string) || ' days, from '
        || previous_text || ' in the ' || cast(parameters.window_days as string) || ' before'
            as sentence,
        'rule' as confidence_state,
        is_worse,
        metric_value,
        previous_metric_value as base_value,
        cast(observation_count as double) as observation_count,
        'mart_insight__delivery_changes' as evidence_table,
        'delivery_change_key' as evidence_column,
        delivery_change_key as evidence_key,
        window_start_date,
        window_end_date
    from deliveries
    cross join parameters
)

select * from final
