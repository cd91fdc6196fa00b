{{ config(materialized='view') }}

with commit_files as (
    select * from {{ ref('fct_commit_files') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
    where is_on_default_branch
),

dates as (
    select max(calendar_date) as today from {{ ref('dim_dates') }}
),

limits as (
    select max(parameter_value) as window_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'file_risk' and parameter = 'window_days'
),

-- A squash merge repeats what its branch did; the line of the default branch alone counts once.
changes as (
    select
        commit_files.file_key,
        cast(sum(
            coalesce(commit_files.added_line_count, 0)
            + coalesce(commit_files.deleted_line_count, 0)
        ) as bigint) as churn_line_count,
        count(*) as commit_count,
        count(*) filter (
            where commits.is_fix
        ) as fix_count
    from commit_files
    inner join commits
        on commit_files.commit_key = commits.commit_key
    cross join dates
    cross join limits
    where
        not commits.is_merge
        and {{ days_between('commits.committed_date', 'dates.today') }} < limits.window_days
    group by commit_files.file_key
),

-- Incidents of deployments that brought a change of the file.
incidents as (
    select
        commit_files.file_key,
        count(distinct bridge.incident_key) as incident_count
    from {{ ref('bridge_incidents_deployments') }} as bridge
    cross join dates
    cross join limits
    inner join {{ ref('fct_incidents') }} as incidents
        on bridge.incident_key = incidents.incident_key
    inner join {{ ref('bridge_deployments_commits') }} as ranges
        on bridge.deployment_key = ranges.deployment_key
    inner join commit_files
        on ranges.commit_key = commit_files.commit_key
    where {{ days_between('incidents.opened_date', 'dates.today') }} < limits.window_days
    group by commit_files.file_key
),

-- What an incident came from may be older than the window.
final as (
    select
        coalesce(changes.file_key, incidents.file_key) as file_key,
        coalesce(changes.churn_line_count, 0) as churn_line_count,
        coalesce(changes.commit_count, 0) as commit_count,
        coalesce(changes.fix_count, 0) as fix_count,
        coalesce(incidents.incident_count, 0) as incident_count
    from changes
    full join incidents
        on changes.file_key = incidents.file_key
)

select * from final
