with tests as (
    select * from {{ ref('mart_test__flakiness') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

weights as (
    select
        max(case when component = 'flake_rate' then weight end) as flake_rate,
        max(case when component = 'broken_state_rate' then weight end) as broken_state_rate,
        max(case when component = 'skip_ratio' then weight end) as skip_ratio,
        max(weight_version) as weight_version
    from {{ ref('score_weights') }}
    where score = 'test_reliability'
),

limits as (
    select
        max(case when parameter = 'flake_rate_worst' then parameter_value end) as flake_worst,
        max(case when parameter = 'broken_state_rate_worst' then parameter_value end)
            as broken_worst,
        max(case when parameter = 'skip_ratio_worst' then parameter_value end) as skip_worst,
        max(case when parameter = 'minimum_weight' then parameter_value end) as minimum_weight,
        max(case when parameter = 'minimum_executions' then parameter_value end)
            as minimum_executions,
        max(case when parameter = 'stable_from' then parameter_value end) as stable_from,
        max(case when parameter = 'watch_from' then parameter_value end) as watch_from,
        max(case when parameter = 'degraded_from' then parameter_value end) as degraded_from
    from {{ ref('rule_parameters') }}
    where rule_name in ('test_reliability', 'score', 'insufficient_data', 'score_band')
),

measured as (
    select
        tests.*,
        limits.minimum_weight,
        limits.stable_from,
        limits.watch_from,
        limits.degraded_from,
        cast(tests.skip_count as double) / nullif(tests.final_count, 0) as skip_ratio,
        -- A part without enough observations is unknown.
        case
            when tests.execution_count >= limits.minimum_executions
                then {{ level('tests.two_state_flake_ratio', 0, 'limits.flake_worst') }}
        end as flake_rate_part,
        case
            when tests.state_count >= limits.minimum_executions
                then {{ level('tests.broken_state_ratio', 0, 'limits.broken_worst') }}
        end as broken_state_rate_part,
        case
            when tests.final_count >= limits.minimum_executions
                then {{ level(
                    'cast(tests.skip_count as double) / tests.final_count', 0, 'limits.skip_worst'
                ) }}
        end as skip_ratio_part
    from tests
    cross join limits
),

weighed as (
    select
        measured.*,
        weights.weight_version,
        case when measured.flake_rate_part is not null then weights.flake_rate else 0 end
        + case
            when measured.broken_state_rate_part is not null then weights.broken_state_rate else 0
        end
        + case when measured.skip_ratio_part is not null then weights.skip_ratio else 0 end
            as known_weight,
        coalesce(weights.flake_rate * measured.flake_rate_part, 0)
        + coalesce(weights.broken_state_rate * measured.broken_state_rate_part, 0)
        + coalesce(weights.skip_ratio * measured.skip_ratio_part, 0) as known_points
    from measured
    cross join weights
),

scored as (
    select
        *,
        case
            when known_weight >= minimum_weight then round(100 * known_points / known_weight, 6)
        end as test_reliability_index
    from weighed
),

final as (
    select
        test_key,
        repository_key,
        team_key,
        service_key,
        repository,
        team,
        service,
        class_name,
        test_name,
        test_reliability_index,
        {{ score_band('test_reliability_index') }} as band,
        case
            when test_reliability_index is null then 'too few executions'
            when flake_rate_part + broken_state_rate_part + skip_ratio_part is null
                then 'parts missing'
        end as score_reason,
        flake_rate_part,
        broken_state_rate_part,
        skip_ratio_part,
        known_weight,
        weight_version,
        two_state_flake_ratio,
        broken_state_ratio,
        skip_ratio,
        execution_count,
        state_count,
        final_count,
        skip_count,
        dates.last_date as measured_date
    from scored
    cross join dates
)

select * from final
