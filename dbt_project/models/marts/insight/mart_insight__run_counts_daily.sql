with runs as (
    select * from {{ ref('mart_pipeline__workflow_runs_daily') }}
),

calendar as (
    select
        *,
        max(calendar_date) over () as last_date
    from {{ ref('dim_dates') }}
),

counted as (
    select
        'repository' as grain,
        repository as entity,
        max(team) as team,
        run_created_date,
        sum(run_count) as run_count
    from runs
    where run_created_date is not null
    group by repository, run_created_date
    union all
    select
        'team' as grain,
        team as entity,
        team,
        run_created_date,
        sum(run_count) as run_count
    from runs
    where run_created_date is not null and team is not null
    group by team, run_created_date
),

entities as (
    select
        grain,
        entity,
        max(team) as team,
        min(run_created_date) as first_date
    from counted
    group by grain, entity
),

-- A day without a run has none of them; the last day is not over.
final as (
    select
        {{ surrogate_key(['entities.grain', 'entities.entity', 'calendar.calendar_date']) }}
            as run_count_key,
        entities.grain,
        entities.entity,
        entities.team,
        cast(coalesce(counted.run_count, 0) as bigint) as run_count,
        calendar.calendar_date
    from entities
    inner join calendar
        on
            entities.first_date <= calendar.calendar_date
            and calendar.last_date > calendar.calendar_date
    left join counted
        on
            entities.grain = counted.grain
            and entities.entity = counted.entity
            and calendar.calendar_date = counted.run_created_date
)

select * from final
