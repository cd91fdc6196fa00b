with repositories as (
    select * from {{ ref('dim_repositories') }}
    where not coalesce(is_archived, false)
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select max(parameter_value) as active_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'adoption' and parameter = 'active_days'
),

seen as (
    select
        repository_key,
        'commit' as seen_kind,
        max(committed_date) as seen_date
    from {{ ref('fct_commits') }}
    group by repository_key
    union all
    select
        repository_key,
        'run' as seen_kind,
        max(run_created_date) as seen_date
    from {{ ref('fct_workflow_run_attempts') }}
    group by repository_key
    union all
    select
        repository_key,
        'test' as seen_kind,
        max(run_created_date) as seen_date
    from {{ ref('mart_test__results_daily') }}
    group by repository_key
    union all
    select
        repository_key,
        'coverage' as seen_kind,
        max(commit_date) as seen_date
    from {{ ref('mart_coverage__commits') }}
    group by repository_key
),

lasts as (
    select
        repository_key,
        {% for kind in ['commit', 'run', 'test', 'coverage'] -%}
            max(case when seen_kind = '{{ kind }}' then seen_date end) as last_{{ kind }}_date,
        {% endfor -%}
        max(seen_date) as last_seen_date
    from seen
    group by repository_key
),

changes as (
    select
        changes.repository_key,
        count(*) as change_count,
        count(*) filter (where covered.coverage_state = 'reported') as covered_change_count
    from {{ ref('fct_changes') }} as changes
    cross join dates
    cross join limits
    left join {{ ref('mart_coverage__changes') }} as covered
        on changes.change_key = covered.change_key
    where
        {{ days_between('changes.created_date', 'dates.last_date') }} < limits.active_days
        and coalesce(covered.coverage_state, 'no_report') <> 'nothing_coverable'
    group by changes.repository_key
),

final as (
    select
        repositories.repository_key,
        repositories.team_key,
        repositories.repository,
        repositories.team,
        coalesce(
            {{ days_between('lasts.last_seen_date', 'dates.last_date') }} < limits.active_days,
            false
        ) as is_active,
        {% for kind, name in [('run', 'ci'), ('test', 'tests'), ('coverage', 'coverage')] -%}
            coalesce(
                {{ days_between('lasts.last_' ~ kind ~ '_date', 'dates.last_date') }}
                < limits.active_days, false
            ) as has_{{ name }},
        {% endfor -%}
        coalesce(changes.change_count, 0) as change_count,
        coalesce(changes.covered_change_count, 0) as covered_change_count,
        cast(changes.covered_change_count as double) / changes.change_count
            as covered_change_ratio,
        lasts.last_commit_date,
        lasts.last_run_date,
        lasts.last_test_date,
        lasts.last_coverage_date,
        dates.last_date as measured_date
    from repositories
    cross join dates
    cross join limits
    left join lasts
        on repositories.repository_key = lasts.repository_key
    left join changes
        on repositories.repository_key = changes.repository_key
)

select * from final
