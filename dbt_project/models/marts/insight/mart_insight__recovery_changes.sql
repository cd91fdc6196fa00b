with windows as (
    select * from {{ ref('mart_delivery__dora_windows') }}
    where grain = 'team' and is_in_window
),

deployments as (
    select * from {{ ref('fct_deployments') }}
    where recovery_seconds is not null
),

parameters as (
    select cast(cast(max(parameter_value) as integer) as string) as window_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'delivery_change' and parameter = 'window_days'
),

recoveries as (
    select
        windows.grain,
        windows.entity,
        deployments.recovery_seconds,
        case when windows.window_name like 'last%' then 1 else 0 end as is_last
    from windows
    cross join parameters
    inner join deployments
        on windows.deployment_key = deployments.deployment_key
    where
        windows.window_name in (
            'last_' || parameters.window_days || '_days',
            'previous_' || parameters.window_days || '_days'
        )
),

ranked as (
    select
        *,
        rank() over (partition by grain, entity order by recovery_seconds) as first_rank,
        count(*) over (partition by grain, entity, recovery_seconds) as equal_count
    from recoveries
),

-- Equal ones share the mean of their ranks; each of t equal rows takes t² - 1 off the variance.
counted as (
    select
        grain,
        entity,
        sum(is_last) as last_count,
        count(*) - sum(is_last) as previous_count,
        count(*) as recovery_count,
        cast(sum(is_last * (2 * first_rank + equal_count - 1)) as double) / 2 as rank_sum,
        cast(sum(equal_count * equal_count - 1) as double) as tied_sum
    from ranked
    group by grain, entity
),

compared as (
    select
        *,
        rank_sum - cast(last_count * (last_count + 1) as double) / 2 as longer_pair_count,
        cast(last_count * previous_count as double) as pair_count,
        last_count * previous_count / cast(12 as double)
        * (recovery_count + 1 - tied_sum / (recovery_count * (recovery_count - 1))) as variance
    from counted
    where last_count > 0 and previous_count > 0
),

scored as (
    select
        *,
        case
            when variance > 0
                then greatest(abs(longer_pair_count - pair_count / 2) - 0.5, 0) / sqrt(variance)
            else cast(0 as double)
        end as sigma_distance
    from compared
),

final as (
    select
        {{ surrogate_key(["'failed_deployment_recovery_seconds'", 'grain', 'entity']) }}
            as recovery_comparison_key,
        grain,
        entity,
        cast(last_count as bigint) as observation_count,
        cast(previous_count as bigint) as previous_observation_count,
        longer_pair_count / pair_count as longer_ratio,
        -- The approximation is good to seven digits.
        round({{ two_sided_p('sigma_distance') }}, 6) as chance
    from scored
)

select * from final
