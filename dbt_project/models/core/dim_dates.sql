with attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

deployments as (
    select * from {{ ref('int_deployment_events_united') }}
),

as_of as (
    select * from {{ ref('int_as_of_observed') }}
),

-- Where only deployments are known, they tell when the data begin.
first_days as (
    select min(attempts.run_created_date) as first_date
    from as_of
    inner join attempts
        on as_of.as_of >= attempts.run_created_at
    union all
    select {{ business_date('min(deployments.finished_at)') }} as first_date
    from as_of
    inner join deployments
        on as_of.as_of >= deployments.finished_at
),

bounds as (
    select
        least(
            coalesce(min(first_days.first_date), {{ business_date('max(as_of.as_of)') }}),
            {{ business_date('max(as_of.as_of)') }}
        ) as first_date,
        {{ business_date('max(as_of.as_of)') }} as last_date
    from as_of
    cross join first_days
),

days as (
    select {{ each_day('first_date', 'last_date') }} as calendar_date
    from bounds
),

dated as (
    select
        calendar_date,
        {{ week_start('calendar_date') }} as week_start_date
    from days
),

-- The last day is not over.
final as (
    select
        calendar_date,
        week_start_date,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        cast(extract(year from calendar_date) as bigint) as calendar_year,
        cast(extract(month from calendar_date) as bigint) as month_of_year,
        cast(extract(day from calendar_date) as bigint) as day_of_month,
        {{ day_of_iso_week('calendar_date') }} as day_of_week,
        {{ day_of_iso_week('calendar_date') }} >= 6 as is_weekend,
        count(*) over (partition by week_start_date) = 7
        and week_start_date < max(week_start_date) over () as is_complete_week
    from dated
)

select * from final
