with links as (
    select * from {{ ref('bridge_files_tests') }}
),

tests as (
    select * from {{ ref('mart_test__flakiness') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'minimum_executions' then parameter_value end)
            as minimum_executions,
        max(case when parameter = 'window_days' then parameter_value end) as window_days
    from {{ ref('rule_parameters') }}
    where rule_name in ('insufficient_data', 'file_risk')
),

-- What too few executions, or none of late, tell says nothing of the file as it is.
final as (
    select
        links.file_key,
        links.test_key,
        links.repository_key,
        links.repository,
        links.path,
        links.link_rule,
        tests.class_name,
        tests.test_name,
        tests.flake_status,
        tests.execution_count,
        tests.two_state_flake_ratio,
        tests.execution_count >= limits.minimum_executions
        and {{ days_between(business_date('tests.last_seen_at'), 'dates.last_date') }}
        < limits.window_days as is_counted,
        tests.last_seen_at
    from links
    cross join limits
    cross join dates
    inner join tests
        on links.test_key = tests.test_key
)

select * from final
