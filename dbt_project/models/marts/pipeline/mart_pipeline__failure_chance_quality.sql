with chances as (
    select * from {{ ref('mart_pipeline__failure_chances') }}
    where failure_chance is not null
),

limits as (
    select
        max(case when parameter = 'minimum_runs' then parameter_value end) as minimum_runs,
        max(case when parameter = 'minimum_outcomes' then parameter_value end) as minimum_outcomes
    from {{ ref('rule_parameters') }}
    where rule_name = 'build_failure'
),

entities as (
    select
        'repository' as grain,
        repository_key as entity_key,
        repository as entity,
        failed_count,
        failure_chance,
        squared_error
    from chances
    union all
    select
        'organisation' as grain,
        'organisation' as entity_key,
        'organisation' as entity,
        failed_count,
        failure_chance,
        squared_error
    from chances
),

ranked as (
    select
        *,
        least(cast(floor(failure_chance * 10) as bigint), 9) as bin,
        -- Ties stand at the mean of their ranks, so that they count half.
        rank() over (partition by grain, entity_key order by failure_chance)
        + (count(*) over (partition by grain, entity_key, failure_chance) - 1) / 2.0e0 as place
    from entities
),

bins as (
    select
        grain,
        entity_key,
        bin,
        abs({{ exact_mean('failed_count - failure_chance') }}) * count(*) as gap
    from ranked
    group by grain, entity_key, bin
),

gaps as (
    select
        grain,
        entity_key,
        cast(sum(cast(gap as decimal(38, 15))) as double) as gap
    from bins
    group by grain, entity_key
),

counted as (
    select
        grain,
        entity_key,
        max(entity) as entity,
        count(*) as run_count,
        cast(sum(failed_count) as bigint) as failed_count,
        cast(sum(failed_count) as double) / count(*) as failure_ratio,
        {{ exact_mean('failure_chance') }} as mean_chance,
        cast(sum(cast(squared_error as decimal(38, 12))) as double) as squared_error_sum,
        cast(sum(case when failed_count = 1 then place end) as double) as failed_place_sum
    from ranked
    group by grain, entity_key
),

judged as (
    select
        counted.*,
        counted.run_count - counted.failed_count as passed_count,
        counted.squared_error_sum / counted.run_count as brier,
        counted.failure_ratio * (1 - counted.failure_ratio) as base_brier,
        gaps.gap / counted.run_count as calibration_error,
        case
            when counted.run_count < limits.minimum_runs then 'too_few_runs'
            when counted.failed_count < limits.minimum_outcomes then 'too_few_failures'
            when counted.run_count - counted.failed_count < limits.minimum_outcomes
                then 'too_few_successes'
            else 'measured'
        end as quality_state
    from counted
    cross join limits
    inner join gaps
        on
            counted.grain = gaps.grain
            and counted.entity_key = gaps.entity_key
),

final as (
    select
        grain,
        entity_key,
        entity,
        quality_state,
        case
            when quality_state = 'measured'
                then {{ nine_digits(
                    '(failed_place_sum - failed_count * (failed_count + 1) / 2.0e0)'
                    ~ ' / (failed_count * passed_count)'
                ) }}
        end as area_under_curve_ratio,
        {% for name, column in [
            ('brier', 'brier_score'), ('base_brier', 'base_rate_brier_score'),
            ('1 - brier / base_brier', 'brier_skill_ratio'),
            ('calibration_error', 'calibration_error_ratio')] -%}
            case
                when quality_state = 'measured' then {{ nine_digits(name) }}
            end as {{ column }},
        {% endfor -%}
        failure_ratio,
        {{ nine_digits('mean_chance') }} as mean_failure_chance,
        squared_error_sum,
        run_count,
        failed_count
    from judged
)

select * from final
