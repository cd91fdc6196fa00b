{{ config(materialized='table') }}

with cases as (
    select
        *,
        is_final and verdict in ('failed', 'errored') as is_failed_at_last,
        is_final and verdict not in ('failed', 'errored') as is_over_without_failure
    from {{ ref('int_test_cases_identified') }}
),

reports as (
    select * from {{ ref('int_reports_linked') }}
    where kind = 'test_results' and not is_duplicate
),

suites as (
    select
        report_id,
        min(started_at) as started_at
    from {{ ref('stg_test_results__suites') }}
    group by report_id
),

-- One report tells of one run, and where nothing failed nothing was run again.
shared_jobs as (
    select job_attempt_key
    from reports
    group by job_attempt_key
    having count(*) > 1
),

jobs as (
    select cases.job_attempt_key
    from cases
    inner join shared_jobs
        on cases.job_attempt_key = shared_jobs.job_attempt_key
    where cases.is_failed_at_last
    group by cases.job_attempt_key
),

told as (
    select
        cases.job_attempt_key,
        cases.report_id,
        cases.test_key,
        coalesce(min(cases.suite_path), '') as suite_path,
        count(*) filter (where cases.is_failed_at_last) > 0
        and count(*) filter (where cases.is_over_without_failure) = 0 as is_failed
    from cases
    inner join jobs
        on cases.job_attempt_key = jobs.job_attempt_key
    group by cases.job_attempt_key, cases.report_id, cases.test_key
),

sized as (
    select
        told.report_id,
        min(reports.locator) as locator,
        count(*) as test_count,
        count(*) filter (where told.is_failed) as failed_count,
        min(suites.started_at) as started_at
    from told
    inner join reports
        on told.report_id = reports.report_id
    left join suites
        on told.report_id = suites.report_id
    group by told.report_id
),

shared as (
    select
        again.report_id,
        told.report_id as first_report_id,
        count(*) as shared_count,
        count(*) filter (where told.is_failed) as failed_count
    from told as again
    inner join told
        on
            again.job_attempt_key = told.job_attempt_key
            and again.test_key = told.test_key
            and again.suite_path = told.suite_path
            and again.report_id <> told.report_id
    group by again.report_id, told.report_id
),

-- All that it tells had failed in the other report, which tells of more, and did not begin later.
candidates as (
    select
        shared.report_id,
        shared.first_report_id
    from shared
    inner join sized as again
        on shared.report_id = again.report_id
    inner join sized as firsts
        on shared.first_report_id = firsts.report_id
    where
        shared.failed_count = again.test_count
        and again.test_count < firsts.test_count
        and coalesce(firsts.started_at <= again.started_at, true)
),

reruns as (
    select report_id
    from candidates
    group by report_id
),

-- Two full runs with these tests, as of a matrix: nobody can say which of them was run again.
full_runs as (
    select
        shared.report_id,
        min(shared.first_report_id) as first_report_id
    from shared
    left join reruns
        on shared.first_report_id = reruns.report_id
    where reruns.report_id is null
    group by shared.report_id
    having count(*) = 1
),

-- What is run again and again gets smaller; else time tells, and who has fewer failures is later.
final as (
    select
        candidates.report_id,
        candidates.first_report_id,
        row_number() over (
            partition by candidates.first_report_id
            order by
                sized.test_count desc,
                sized.started_at asc nulls last,
                sized.failed_count desc,
                sized.locator asc
        ) as rerun_number
    from candidates
    inner join full_runs
        on
            candidates.report_id = full_runs.report_id
            and candidates.first_report_id = full_runs.first_report_id
    inner join sized
        on candidates.report_id = sized.report_id
)

select * from final
