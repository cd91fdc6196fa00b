with attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),


as_of as (
    select * from {{ ref('int_as_of_observed') }}
),

bounds as (
    select
        least(
            coalesce(min(attempts.run_created_date), {{ business_date('max(as_of.as_of)') }}),
            {{ business_date('max(as_of.as_of)') }}
        ) as first_date,
        {{ business_date('max(as_of.as_of)') }} as last_date
    from as_of
    left join attempts
        on as_of.as_of >= attempts.run_created_at
),

days as (
    select {{ each_day('first_date', 'last_date') }} as calendar_date
    from bounds
),

final as (
    select
        calendar_date,
        {{ week_start('calendar_date') }} as week_start_date,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        cast(extract(year from calendar_date) as bigint) as calendar_year,
        cast(extract(month from calendar_date) as bigint) as month_of_year,
        cast(extract(day from calendar_date) as bigint) as day_of_month,
        {{ days_between(week_start('calendar_date'), 'calendar_date') }} + 1 as day_of_week,
        {{ days_between(week_start('calendar_date'), 'calendar_date') }} >= 5 as is_weekend
    from days
)

select * from final
