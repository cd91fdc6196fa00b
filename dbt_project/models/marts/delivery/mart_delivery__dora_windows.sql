{#- Deployments and first deliveries, once for each grain and window that they count for. -#}
with deployments as (
    select * from {{ ref('fct_deployments') }}
    where is_counted
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

dates as (
    select
        max(calendar_date) as last_date,
        count(*) as day_count
    from {{ ref('dim_dates') }}
),

windows as (
    select
        'last_30_days' as window_name,
        30 as window_day_count
    union all
    select
        'last_90_days' as window_name,
        90 as window_day_count
    union all
    select
        'all' as window_name,
        cast(null as integer) as window_day_count
),

entities as (
    select
        'service' as grain,
        service as entity,
        deployment_key
    from deployments
    union all
    select
        'repository' as grain,
        repository as entity,
        deployment_key
    from deployments
    union all
    select
        'team' as grain,
        team as entity,
        deployment_key
    from deployments
    where team is not null
    union all
    select
        'organisation' as grain,
        coalesce(repositories.organisation, 'all') as entity,
        deployments.deployment_key
    from deployments
    inner join repositories
        on deployments.repository_key = repositories.repository_key
),

final as (
    select
        entities.grain,
        entities.entity,
        windows.window_name,
        deployments.deployment_key,
        least(coalesce(windows.window_day_count, dates.day_count), dates.day_count)
            as day_count,
        windows.window_day_count is null
        or {{ days_between('deployments.finished_date', 'dates.last_date') }}
        < windows.window_day_count as is_in_window
    from entities
    inner join deployments
        on entities.deployment_key = deployments.deployment_key
    cross join windows
    cross join dates
)

select * from final
