{%- set parts = {
    'coverage': '1 - coverage_ratio', 'churn': 'churn_line_count',
    'flakiness': 'covering_flake_ratio', 'fix': 'fix_count + incident_count',
} -%}
with files as (
    select * from {{ ref('dim_files') }}
),

coverage as (
    select * from {{ ref('mart_coverage__files') }}
),

changes as (
    select * from {{ ref('mart_risk__file_history') }}
),

tests as (
    select
        file_key,
        count(*) as covering_test_count,
        -- Floating sums would depend on the order of the rows.
        cast(sum(cast(two_state_flake_ratio as decimal(18, 12))) as double)
        / count(two_state_flake_ratio) as covering_flake_ratio
    from {{ ref('mart_risk__file_tests') }}
    where is_counted
    group by file_key
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

weights as (
    select
        max(case when component = 'coverage' then weight end) as coverage_weight,
        max(case when component = 'churn' then weight end) as churn_weight,
        max(case when component = 'flakiness' then weight end) as flakiness_weight,
        max(case when component = 'fixes' then weight end) as fix_weight,
        sum(weight) as whole_weight,
        max(weight_version) as weight_version
    from {{ ref('score_weights') }}
    where score = 'file_risk'
),

parts as (
    select
        coverage.file_key,
        coverage.repository_key,
        coverage.team_key,
        coverage.service_key,
        coverage.repository,
        coverage.path,
        coverage.team,
        coverage.service,
        coverage.coverage_ratio,
        coalesce(changes.churn_line_count, 0) as churn_line_count,
        coalesce(changes.commit_count, 0) as commit_count,
        coalesce(changes.fix_count, 0) as fix_count,
        coalesce(changes.incident_count, 0) as incident_count,
        coalesce(tests.covering_test_count, 0) as covering_test_count,
        tests.covering_flake_ratio,
        coalesce(files.is_critical, false) as is_critical
    from coverage
    left join files
        on coverage.file_key = files.file_key
    left join changes
        on coverage.file_key = changes.file_key
    left join tests
        on coverage.file_key = tests.file_key
),

-- One that is alone with what is known has no place among others.
ranked as (
    select
        {% for part, number in parts.items() -%}
            case
                when
                    {{ number }} is not null
                    and count({{ number }}) over (partition by repository_key) > 1
                    then percent_rank() over (
                        partition by repository_key, {{ number }} is null order by {{ number }}
                    )
            end as {{ part }}_rank_ratio,
        {% endfor -%}
        *
    from parts
),

-- The weight of a part that is not known goes to the others.
weighted as (
    select
        ranked.*,
        weights.weight_version,
        weights.whole_weight * limits.parameter_value as least_weight,
        {% for part in parts -%}
            {{ '+ ' if not loop.first }}case
                when ranked.{{ part }}_rank_ratio is null then 0 else weights.{{ part }}_weight
            end
        {% endfor -%} as known_weight,
        {% for part in parts -%}
            {{ '+ ' if not loop.first -}}
            coalesce(weights.{{ part }}_weight * ranked.{{ part }}_rank_ratio, 0)
        {% endfor -%} as weighted_sum,
        weights.whole_weight
    from ranked
    cross join weights
    inner join {{ ref('rule_parameters') }} as limits
        on limits.rule_name = 'score' and limits.parameter = 'minimum_weight'
),

final as (
    select
        {% for column in [
            'file_key', 'repository_key', 'team_key', 'service_key', 'repository', 'path', 'team',
            'service'] -%}
            {{ column }},
        {% endfor -%}
        case
            when known_weight >= least_weight then 100 * weighted_sum / known_weight
        end as file_risk_score,
        coverage_ratio,
        churn_line_count,
        commit_count,
        fix_count,
        incident_count,
        covering_test_count,
        covering_flake_ratio,
        coverage_rank_ratio,
        churn_rank_ratio,
        fix_rank_ratio,
        flakiness_rank_ratio,
        known_weight / whole_weight as known_weight_ratio,
        case
            when known_weight < least_weight then 'too_little_known'
            when flakiness_rank_ratio is null then 'covering_tests_unknown'
            when coverage_rank_ratio is null then 'coverage_unknown'
            else 'scored'
        end as score_state,
        weight_version,
        is_critical,
        dates.last_date as measured_date
    from weighted
    cross join dates
)

select * from final
