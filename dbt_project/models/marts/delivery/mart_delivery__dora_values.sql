with windows as (
    select * from {{ ref('mart_delivery__dora_windows') }}
),

deployments as (
    select * from {{ ref('fct_deployments') }}
),

deliveries as (
    select * from {{ ref('mart_delivery__changes') }}
),

rates as (
    select
        windows.grain,
        windows.entity,
        windows.window_name,
        windows.window_start_date,
        max(windows.day_count) as day_count,
        count(*) filter (where windows.is_in_window and deployments.is_counted)
            as deployment_count,
        count(*) filter (where windows.is_in_window and deployments.result = 'success')
            as success_count,
        count(*) filter (where windows.is_in_window and deployments.is_failed) as failed_count,
        count(*) filter (where windows.is_in_window and deployments.is_rework)
            as rework_count,
        count(deployments.recovery_seconds) filter (where windows.is_in_window)
            as recovered_count,
        {{ exact_sum('deployments.recovery_seconds', 'windows.is_in_window') }}
            as recovery_seconds,
        {{ percentile(
            'case when windows.is_in_window then deployments.recovery_seconds end', 0.5
        ) }} as recovery_median_seconds
    from windows
    left join deployments
        on windows.deployment_key = deployments.deployment_key
    group by
        windows.grain, windows.entity, windows.window_name, windows.window_start_date
),

lead_times as (
    select
        windows.grain,
        windows.entity,
        windows.window_name,
        windows.window_start_date,
        count(deliveries.change_lead_time_seconds) as change_count,
        {{ percentile('deliveries.change_lead_time_seconds', 0.5) }} as median_seconds,
        {{ percentile('deliveries.change_lead_time_seconds', 0.9) }} as p90_seconds
    from windows
    inner join deliveries
        on windows.deployment_key = deliveries.deployment_key
    where windows.is_in_window
    group by
        windows.grain, windows.entity, windows.window_name, windows.window_start_date
),

final as (
    select
        rates.*,
        rates.recovery_seconds / nullif(rates.recovered_count, 0) as recovery_mean_seconds,
        coalesce(lead_times.change_count, 0) as change_count,
        lead_times.median_seconds as lead_time_median_seconds,
        lead_times.p90_seconds as lead_time_p90_seconds
    from rates
    left join lead_times
        on
            rates.grain = lead_times.grain
            and rates.entity = lead_times.entity
            and rates.window_name = lead_times.window_name
            and rates.window_start_date is not distinct from lead_times.window_start_date
)

select * from final
