with results as (
    select * from {{ ref('fct_test_results') }}
),

tests as (
    select * from {{ ref('dim_tests') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

dates as (
    select max(calendar_date) as today from {{ ref('dim_dates') }}
),

marked_tests as (
    select test_key
    from results
    where verdict in ('quarantined', 'skipped')
    group by test_key
),

placed as (
    select
        results.*,
        max(case when results.is_default_branch then 1 else 0 end) over (
            partition by results.test_key
        ) as is_on_default_branch
    from results
    inner join marked_tests
        on results.test_key = marked_tests.test_key
),

-- A branch that does not have the mark yet, or tries to do without it, changes nothing for the
-- others: where the default branch has the test, it decides.
decisive as (
    select * from placed
    where is_default_branch or is_on_default_branch = 0
),

executions as (
    select
        test_key,
        max(run_created_at) as last_executed_at
    from decisive
    where is_execution
    group by test_key
),

-- A mark stands while no execution came after it, in whatever environment.
marks as (
    select
        decisive.test_key,
        min_by(
            decisive.head_sha, cast(decisive.run_created_at as string) || decisive.test_result_key
        ) as marked_sha,
        max_by(
            decisive.verdict, cast(decisive.run_created_at as string) || decisive.test_result_key
        ) as quarantine_mark,
        count(*) as marked_result_count,
        max(executions.last_executed_at) as last_executed_at,
        min(decisive.run_created_at) as marked_at,
        max(decisive.run_created_at) as last_marked_at
    from decisive
    left join executions
        on decisive.test_key = executions.test_key
    where
        decisive.verdict in ('quarantined', 'skipped')
        and (
            executions.last_executed_at is null
            or decisive.run_created_at > executions.last_executed_at
        )
    group by decisive.test_key
),

final as (
    select
        marks.test_key,
        tests.repository_key,
        tests.team_key,
        tests.service_key,
        commits.author_key as marked_by_author_key,
        tests.repository,
        tests.team,
        tests.service,
        tests.class_name,
        tests.test_name,
        tests.file_path,
        marks.quarantine_mark,
        marks.marked_sha,
        marks.marked_result_count,
        cast({{ days_between(business_date('marks.marked_at'), 'dates.today') }} as bigint)
            as quarantine_age_days,
        marks.marked_at,
        marks.last_marked_at,
        marks.last_executed_at
    from marks
    cross join dates
    inner join tests
        on marks.test_key = tests.test_key
    left join commits
        on
            tests.repository = commits.repository
            and marks.marked_sha = commits.sha
)

select * from final
