{{ config(materialized='view') }}

with releases as (
    select * from {{ ref('mart_risk__escaped_defects') }}
),

deployments as (
    select * from {{ ref('fct_deployments') }}
    where is_counted
),

judged as (
    select * from {{ ref('mart_risk__release_checks') }}
),

stability as (
    select * from {{ ref('mart_pipeline__stability') }}
    where grain = 'repository'
),

suites as (
    select
        repository_key,
        exp({{ exact_sum('log_retried_reliability') }}) as suite_reliability_ratio
    from {{ ref('mart_test__reliability_environments') }}
    group by repository_key
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select
        {% for part in ['changed_code_coverage', 'suite_reliability', 'open_incidents'] -%}
            max(case when parameter = '{{ part }}_best' then parameter_value end)
                as {{ part }}_best,
            max(case when parameter = '{{ part }}_worst' then parameter_value end)
                as {{ part }}_worst,
        {% endfor -%}
        max(case when parameter = 'regressed_check_cap' then parameter_value end)
            as regressed_check_cap,
        max(case when parameter = 'open_incident_cap' then parameter_value end) as open_incident_cap
    from {{ ref('rule_parameters') }}
    where rule_name = 'release_confidence'
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

ranges as (
    select * from {{ ref('bridge_deployments_commits') }}
),

changes as (
    select * from {{ ref('mart_risk__changes') }}
    where landed_commit_key is not null
),

covered as (
    select
        ranges.deployment_key,
        cast(sum(changes.coverable_line_count) as bigint) as coverable_line_count,
        {{ exact_sum('changes.coverable_line_count * changes.changed_code_coverage_ratio') }}
            as covered_line_count
    from ranges
    inner join changes
        on ranges.commit_key = changes.landed_commit_key
    group by ranges.deployment_key
),

blocked as (
    select
        deployments.deployment_key,
        count(*) as open_incident_count
    from deployments
    inner join incidents
        on
            deployments.repository = incidents.repository
            and (deployments.service = incidents.service or incidents.service is null)
            and deployments.finished_at >= incidents.opened_at
            and deployments.finished_at
            < coalesce(incidents.closed_at, timestamp '9999-12-31 00:00:00')
    group by deployments.deployment_key
),

final as (
    select
        releases.deployment_key,
        judged.check_count,
        judged.green_check_count,
        coalesce(judged.regressed_check_count, 0) as regressed_check_count,
        covered.coverable_line_count,
        covered.covered_line_count / nullif(covered.coverable_line_count, 0)
            as changed_code_coverage_ratio,
        coalesce(blocked.open_incident_count, 0) as open_incident_count,
        case
            when judged.regressed_check_count > 0 then limits.regressed_check_cap
            when blocked.open_incident_count > 0 then limits.open_incident_cap
        end as score_cap,
        case
            when judged.regressed_check_count > 0 then 'regressed_check'
            when blocked.open_incident_count > 0 then 'open_incident'
        end as cap_rule,
        cast(judged.green_check_count as double) / judged.check_count as checks_part,
        {{ level(
            'covered.covered_line_count / nullif(covered.coverable_line_count, 0)',
            'limits.changed_code_coverage_best', 'limits.changed_code_coverage_worst'
        ) }} as changed_code_coverage_part,
        1 - releases.escaped_defect_risk / 100 as escaped_defect_risk_part,
        case
            when {{ days_between('releases.finished_date', 'dates.last_date') }} < 28
                then {{ level(
                    'suites.suite_reliability_ratio',
                    'limits.suite_reliability_best', 'limits.suite_reliability_worst'
                ) }}
        end as suite_reliability_part,
        stability.pipeline_stability_index / 100 as pipeline_stability_part,
        {{ level(
            'coalesce(blocked.open_incident_count, 0)',
            'limits.open_incidents_best', 'limits.open_incidents_worst'
        ) }} as open_incidents_part
    from releases
    cross join dates
    cross join limits
    left join stability
        on
            releases.repository_key = stability.entity_key
            and stability.window_name = case
                when {{ days_between('releases.finished_date', 'dates.last_date') }} < 28
                    then '28_days'
                when {{ days_between('releases.finished_date', 'dates.last_date') }} < 56
                    then 'previous_28_days'
            end
    left join suites
        on releases.repository_key = suites.repository_key
    left join judged
        on releases.deployment_key = judged.deployment_key
    left join covered
        on releases.deployment_key = covered.deployment_key
    left join blocked
        on releases.deployment_key = blocked.deployment_key
)

select * from final
