with tests as (
    select * from {{ ref('mart_test__flakiness') }}
),

failing_states as (
    select * from {{ ref('fct_test_failing_states') }}
),

failures as (
    select * from {{ ref('fct_test_failures') }}
    where attributed_class = 'regression'
),

renames as (
    select * from {{ ref('fct_test_renames') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'bug_days' then parameter_value end) as bug_days,
        max(case when parameter = 'minimum_weight' then parameter_value end) as minimum_weight,
        max(case when parameter = 'minimum_executions' then parameter_value end)
            as minimum_executions
    from {{ ref('rule_parameters') }}
    where rule_name in ('test_value', 'score', 'insufficient_data')
),

weights as (
    select
        max(case when component = 'bug_detection' then weight end) as bug_detection,
        max(case when component = 'speed' then weight end) as speed,
        max(case when component = 'stability' then weight end) as stability,
        {{ exact_sum('weight') }} as whole_weight,
        max(weight_version) as weight_version
    from {{ ref('score_weights') }}
    where score = 'test_value'
),

-- A bug that stays for several commits, or shows in several environments, is found once.
bugs as (
    select
        coalesce(renames.current_test_key, failures.test_key) as test_key,
        count(distinct failing_states.streak_code_sha) as bug_count
    from failures
    cross join dates
    cross join limits
    inner join failing_states
        on
            failures.test_key = failing_states.test_key
            and failures.code_sha = failing_states.code_sha
            and failures.environment = failing_states.environment
    left join renames
        on failures.test_key = renames.previous_test_key
    where {{ days_between('failures.run_created_date', 'dates.last_date') }} < limits.bug_days
    group by coalesce(renames.current_test_key, failures.test_key)
),

-- Below the least number of executions nothing is known of a test.
observed as (
    select
        tests.*,
        limits.minimum_weight,
        tests.execution_count >= limits.minimum_executions as is_observed,
        case
            when tests.execution_count >= limits.minimum_executions
                then coalesce(bugs.bug_count, 0)
        end as bug_count,
        case
            when tests.execution_count >= limits.minimum_executions
                then -tests.duration_median_seconds
        end as speed,
        case
            when tests.execution_count >= limits.minimum_executions
                then -tests.two_state_flake_ratio
        end as stability
    from tests
    cross join limits
    left join bugs
        on tests.test_key = bugs.test_key
),

ranked as (
    select
        *,
        {{ percentile_rank('bug_count', 'repository_key') }} as bug_detection_percentile,
        {{ percentile_rank('speed', 'repository_key') }} as speed_percentile,
        {{ percentile_rank('stability', 'repository_key') }} as stability_percentile
    from observed
),

-- Which tests alone cover a line is in no report that is read: that weight goes to the others.
weighed as (
    select
        ranked.*,
        weights.whole_weight,
        weights.weight_version,
        case when ranked.bug_detection_percentile is null then 0 else weights.bug_detection end
        + case when ranked.speed_percentile is null then 0 else weights.speed end
        + case when ranked.stability_percentile is null then 0 else weights.stability end
            as known_weight,
        coalesce(weights.bug_detection * ranked.bug_detection_percentile, 0)
        + coalesce(weights.speed * ranked.speed_percentile, 0)
        + coalesce(weights.stability * ranked.stability_percentile, 0) as known_points
    from ranked
    cross join weights
),

final as (
    select
        {% for column in [
            'test_key', 'repository_key', 'team_key', 'service_key', 'repository', 'team',
            'service', 'class_name', 'test_name', 'file_path'] -%}
            {{ column }},
        {% endfor -%}
        case
            when known_weight >= minimum_weight * whole_weight
                then {{ nine_digits('known_points / known_weight') }}
        end as test_value_score,
        case
            when not is_observed then 'too few executions'
            when known_weight < minimum_weight * whole_weight then 'too little known'
            else 'unique coverage unknown'
        end as score_reason,
        bug_detection_percentile,
        cast(null as double) as unique_coverage_percentile,
        speed_percentile,
        stability_percentile,
        known_weight / whole_weight as known_weight_ratio,
        weight_version,
        bug_count,
        duration_median_seconds,
        two_state_flake_ratio,
        execution_count
    from weighed
)

select * from final
