{#- Name, unit, value, numerator, denominator (of what is a ratio or a rate), observations. -#}
{%- set metrics = [
    ('deployment_frequency', 'deployments per day', none,
     'success_count', 'day_count', 'success_count'),
    ('change_lead_time_seconds', 'seconds', 'lead_time_median_seconds',
     'null', 'null', 'change_count'),
    ('change_lead_time_p90_seconds', 'seconds', 'lead_time_p90_seconds',
     'null', 'null', 'change_count'),
    ('change_fail_ratio', 'ratio', none,
     'failed_count', 'deployment_count', 'deployment_count'),
    ('failed_deployment_recovery_seconds', 'seconds', 'recovery_median_seconds',
     'null', 'null', 'recovered_count'),
    ('mttr_failed_deploys', 'seconds', 'recovery_mean_seconds',
     'null', 'null', 'recovered_count'),
    ('deployment_rework_ratio', 'ratio', none,
     'rework_count', 'deployment_count', 'deployment_count'),
] -%}
with measured as (
    select * from {{ ref('mart_delivery__dora_values') }}
),

limits as (
    select max(parameter_value) as minimum_count
    from {{ ref('rule_parameters') }}
    where rule_name = 'insufficient_data' and parameter = 'minimum_deployments'
),

-- A frequency is seen on each day of its window: one deployment is enough to call it rare.
final as (
    {% for name, unit, value, numerator, denominator, observations in metrics -%}
        select
            grain,
            entity,
            window_name,
            window_start_date,
            '{{ name }}' as metric,
            '{{ unit }}' as unit,
            {% if value -%}
                cast({{ value }} as double) as metric_value,
            {%- else -%}
                cast({{ numerator }} as double) / nullif({{ denominator }}, 0) as metric_value,
            {%- endif %}
            cast({{ numerator }} as double) as numerator,
            cast({{ denominator }} as double) as denominator,
            cast({{ observations }} as bigint) as observation_count,
            {{ observations }} >= {{
                '1' if name == 'deployment_frequency' else 'limits.minimum_count'
            }} as is_sufficient
        from measured
        cross join limits
        {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select * from final
