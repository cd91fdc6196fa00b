with measured as (
    select * from {{ ref('mart_delivery__dora_values') }}
),

final as (
    select
        grain,
        entity,
        window_name,
        window_start_date,
        'deployment_frequency' as metric,
        'deployments per day' as unit,
        cast(cast(success_count as double) / nullif(day_count, 0) as double) as metric_value,
        cast(success_count as double) as numerator,
        cast(day_count as double) as denominator,
        cast(success_count as bigint) as observation_count
    from measured
    union all
    select
        grain,
        entity,
        window_name,
        window_start_date,
        'change_lead_time_seconds' as metric,
        'seconds' as unit,
        cast(lead_time_median_seconds as double) as metric_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(change_count as bigint) as observation_count
    from measured
    union all
    select
        grain,
        entity,
        window_name,
        window_start_date,
        'change_lead_time_p90_seconds' as metric,
        'seconds' as unit,
        cast(lead_time_p90_seconds as double) as metric_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(change_count as bigint) as observation_count
    from measured
    union all
    select
        grain,
        entity,
        window_name,
        window_start_date,
        'change_fail_ratio' as metric,
        'ratio' as unit,
        cast(cast(failed_count as double) / nullif(deployment_count, 0) as double) as metric_value,
        cast(failed_count as double) as numerator,
        cast(deployment_count as double) as denominator,
        cast(deployment_count as bigint) as observation_count
    from measured
    union all
    select
        grain,
        entity,
        window_name,
        window_start_date,
        'failed_deployment_recovery_seconds' as metric,
        'seconds' as unit,
        cast(recovery_median_seconds as double) as metric_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(recovered_count as bigint) as observation_count
    from measured
    union all
    select
        grain,
        entity,
        window_name,
        window_start_date,
        'mttr_failed_deploys' as metric,
        'seconds' as unit,
        cast(recovery_mean_seconds as double) as metric_value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(recovered_count as bigint) as observation_count
    from measured
    union all
    select
        grain,
        entity,
        window_name,
        window_start_date,
        'deployment_rework_ratio' as metric,
        'ratio' as unit,
        cast(cast(rework_count as double) / nullif(deployment_count, 0) as double) as metric_value,
        cast(rework_count as double) as numerator,
        cast(deployment_count as double) as denominator,
        cast(deployment_count as bigint) as observation_count
    from measured
)

select * from final
