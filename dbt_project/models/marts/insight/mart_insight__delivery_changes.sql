with metrics as (
    select * from {{ ref('mart_delivery__dora_metrics') }}
    where grain = 'team' and metric in (
        'deployment_frequency', 'change_fail_ratio', 'failed_deployment_recovery_seconds'
    )
),

recoveries as (
    select * from {{ ref('mart_insight__recovery_changes') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

parameters as (
    select
        {% for name in [
            'minimum_deployments', 'minimum_recoveries', 'minimum_ratio', 'minimum_points',
            'minimum_z', 'false_discovery_rate'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        cast(max(case when parameter = 'window_days' then parameter_value end) as integer)
            as window_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'delivery_change'
),

-- The days of a window that the data do not reach back to would look like days without deployments.
compared as (
    select
        {{ surrogate_key(['latest.metric', 'latest.grain', 'latest.entity']) }}
            as delivery_change_key,
        latest.metric,
        latest.grain,
        latest.entity,
        latest.numerator as last_hits,
        latest.denominator as last_trials,
        earlier.numerator as first_hits,
        earlier.denominator as first_trials,
        latest.observation_count,
        earlier.observation_count as previous_observation_count,
        latest.metric_value,
        earlier.metric_value as previous_metric_value
    from metrics as latest
    cross join parameters
    inner join metrics as earlier
        on
            latest.metric = earlier.metric
            and latest.entity = earlier.entity
    where
        latest.window_name = 'last_' || cast(parameters.window_days as string) || '_days'
        and earlier.window_name = 'previous_' || cast(parameters.window_days as string) || '_days'
        and latest.metric_value is not null and earlier.metric_value is not null
        and (
            latest.metric <> 'deployment_frequency' or earlier.denominator = parameters.window_days
        )
),

shares as (
    select * from compared
    where metric = 'change_fail_ratio'
),

exact as (
    {{ fisher_exact('shares', 'delivery_change_key') }}
),

-- Counts over the same time: given their sum, each is binomial with a half.
tested as (
    select
        compared.*,
        case
            when compared.metric <> 'deployment_frequency'
                then coalesce(exact.chance, recoveries.chance)
            else {{ two_sided_p(
                '(compared.last_hits - compared.first_hits)'
                ~ ' / nullif(sqrt(compared.last_hits + compared.first_hits), 0)'
            ) }}
        end as chance,
        case compared.metric
            when 'change_fail_ratio'
                then
                    abs(compared.metric_value - compared.previous_metric_value)
                    >= parameters.minimum_points
            else
                greatest(compared.metric_value, compared.previous_metric_value)
                >= parameters.minimum_ratio
                * least(compared.metric_value, compared.previous_metric_value)
        end as is_large,
        case compared.metric
            when 'failed_deployment_recovery_seconds' then parameters.minimum_recoveries
            else parameters.minimum_deployments
        end as minimum_count,
        case
            when compared.metric = 'deployment_frequency'
                then greatest(compared.observation_count, compared.previous_observation_count)
            else least(compared.observation_count, compared.previous_observation_count)
        end as known_count,
        {{ two_sided_p('parameters.minimum_z') }} as chance_limit,
        parameters.false_discovery_rate
    from compared
    cross join parameters
    left join exact
        on compared.delivery_change_key = exact.delivery_change_key
    left join recoveries
        on compared.delivery_change_key = recoveries.recovery_comparison_key
),

enough as (
    select * from tested
    where known_count >= minimum_count
),

discovered as (
    {{ discoveries('enough', 'delivery_change_key', 'false_discovery_rate') }}
),

final as (
    select
        tested.delivery_change_key,
        tested.metric,
        tested.grain,
        tested.entity,
        tested.observation_count,
        tested.previous_observation_count,
        tested.metric_value,
        tested.previous_metric_value,
        tested.chance,
        case
            when tested.known_count < tested.minimum_count then 'too_few'
            when not tested.is_large then 'too_little'
            when
                tested.chance < tested.chance_limit and discovered.delivery_change_key is not null
                then 'changed'
            else 'may_be_chance'
        end as change_state,
        (tested.metric_value > tested.previous_metric_value)
        = (tested.metric <> 'deployment_frequency') as is_worse,
        {{ days_after('dates.last_date', '1 - parameters.window_days') }} as window_start_date,
        dates.last_date as window_end_date
    from tested
    cross join dates
    cross join parameters
    left join discovered
        on tested.delivery_change_key = discovered.delivery_change_key
)

select * from final
