{#- Weeks without a deployment have a row without one, so that a series has no gaps. -#}
with deployments as (
    select * from {{ ref('fct_deployments') }}
    where finished_at is not null and not is_superseded
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

teams as (
    select * from {{ ref('dim_teams') }}
),

calendar as (
    select * from {{ ref('dim_dates') }}
),

dates as (
    select
        max(calendar_date) as last_date,
        count(*) as day_count
    from calendar
),

weeks as (
    select week_start_date
    from calendar
    group by week_start_date
),

windows as (
    select
        'last_30_days' as window_name,
        30 as window_day_count,
        0 as days_back
    union all
    select
        'previous_30_days' as window_name,
        30 as window_day_count,
        30 as days_back
    union all
    select
        'last_90_days' as window_name,
        90 as window_day_count,
        0 as days_back
    union all
    select
        'previous_90_days' as window_name,
        90 as window_day_count,
        90 as days_back
    union all
    select
        'all' as window_name,
        cast(null as integer) as window_day_count,
        0 as days_back
),

grains as (
    select 'service' as grain
    union all
    select 'repository' as grain
    union all
    select 'team' as grain
    union all
    select 'business_unit' as grain
    union all
    select 'organisation' as grain
    union all
    select 'environment' as grain
),

cut as (
    select
        grains.grain,
        case grains.grain
            when 'service' then deployments.service
            when 'repository' then deployments.repository
            when 'team' then deployments.team
            when 'business_unit' then teams.business_unit
            when 'organisation' then coalesce(repositories.organisation, 'all')
            when 'environment' then deployments.environment
        end as entity,
        deployments.deployment_key,
        deployments.finished_date
    from deployments
    cross join grains
    inner join repositories
        on deployments.repository_key = repositories.repository_key
    left join teams
        on deployments.team_key = teams.team_key
    where deployments.is_counted or grains.grain = 'environment'
),

entities as (
    select * from cut
    where entity is not null
),

first_weeks as (
    select
        grain,
        entity,
        {{ week_start('min(finished_date)') }} as first_week
    from entities
    group by grain, entity
),

final as (
    select
        entities.grain,
        entities.entity,
        windows.window_name,
        cast(null as date) as window_start_date,
        entities.deployment_key,
        cast(least(
            coalesce(windows.window_day_count, dates.day_count),
            greatest(dates.day_count - windows.days_back, 0)
        ) as bigint) as day_count,
        windows.window_day_count is null
        or (
            {{ days_between('entities.finished_date', 'dates.last_date') }} >= windows.days_back
            and {{ days_between('entities.finished_date', 'dates.last_date') }}
            < windows.days_back + windows.window_day_count
        ) as is_in_window
    from entities
    cross join windows
    cross join dates
    union all
    select
        first_weeks.grain,
        first_weeks.entity,
        'week' as window_name,
        weeks.week_start_date as window_start_date,
        entities.deployment_key,
        cast(7 as bigint) as day_count,
        entities.deployment_key is not null as is_in_window
    from first_weeks
    inner join weeks
        on first_weeks.first_week <= weeks.week_start_date
    left join entities
        on
            first_weeks.grain = entities.grain
            and first_weeks.entity = entities.entity
            and weeks.week_start_date = {{ week_start('entities.finished_date') }}
)

select * from final
