{%- set parts = {
    'bug_detection': 'coalesce(bugs.bug_count, 0)',
    'speed': '-tests.duration_median_seconds', 'stability': '-tests.two_state_flake_ratio',
    'unique_coverage': 'coverages.unique_coverage_ratio',
} -%}
with tests as (
    select * from {{ ref('mart_test__flakiness') }}
),

failures as (
    select * from {{ ref('fct_test_failures') }}
    where attributed_class = 'regression'
),

renames as (
    select * from {{ ref('fct_test_renames') }}
),

coverages as (
    select * from {{ ref('fct_mutation_tests') }}
    where is_newest
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
        {% for part in parts -%}
            max(case when component = '{{ part }}' then weight end) as {{ part }},
        {% endfor -%}
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
    inner join {{ ref('fct_test_failing_states') }} as failing_states
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
        {% for part in parts -%}
            case when tests.execution_count >= limits.minimum_executions then {{ parts[part] }} end
                as {{ part }},
        {% endfor -%}
        limits.minimum_weight,
        dates.last_date as measured_date,
        tests.execution_count >= limits.minimum_executions as is_observed
    from tests
    cross join limits
    cross join dates
    left join coverages
        on tests.test_key = coverages.test_key
    left join bugs
        on tests.test_key = bugs.test_key
),

ranked as (
    select
        {% for part in parts -%}
            {{ percentile_rank(part, 'repository_key') }} as {{ part }}_percentile,
        {% endfor -%}
        *
    from observed
),

-- The weight of a part that is not known goes to the others.
weighed as (
    select
        ranked.*,
        weights.whole_weight,
        weights.weight_version,
        {% for part in parts -%}
            {{ '+ ' if not loop.first }}case
                when ranked.{{ part }}_percentile is null then 0 else weights.{{ part }}
            end
        {% endfor -%} as known_weight,
        {% for part in parts -%}
            {{ '+ ' if not loop.first -}}
            coalesce(weights.{{ part }} * ranked.{{ part }}_percentile, 0)
        {% endfor -%} as known_points
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
            when unique_coverage_percentile is null then 'unique coverage unknown'
            when known_weight < whole_weight - 1e-9 then 'parts missing'
        end as score_reason,
        bug_detection_percentile,
        unique_coverage_percentile,
        speed_percentile,
        stability_percentile,
        known_weight / whole_weight as known_weight_ratio,
        weight_version,
        cast(bug_detection as bigint) as bug_count,
        unique_coverage as unique_coverage_ratio,
        duration_median_seconds,
        two_state_flake_ratio,
        execution_count,
        measured_date
    from weighed
)

select * from final
