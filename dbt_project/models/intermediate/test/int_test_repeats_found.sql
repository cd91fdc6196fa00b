with cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

reports as (
    select * from {{ ref('int_reports_linked') }}
    where kind = 'test_results' and not is_duplicate
),

suites as (
    select
        report_id,
        min(started_at) as first_started_at,
        max(started_at) as last_started_at,
        coalesce(min(hostname), '') as hostname
    from {{ ref('stg_test_results__suites') }}
    where started_at is not null
    group by report_id
),

contents as (
    select
        report_id,
        count(*) as case_count,
        count(*) filter (where verdict = 'passed') as passed_count,
        {{ exact_sum('duration_seconds') }} as duration_seconds,
        min(test_key || verdict) as first_case,
        max(test_key || verdict) as last_case
    from cases
    group by report_id
),

-- The same suite, begun in the same second on the same machine, with the same cases: written down
-- twice. The report that says itself which job it is of is kept.
ranked as (
    select
        reports.report_id,
        row_number() over (
            partition by
                reports.workflow_run_attempt_key,
                suites.first_started_at,
                suites.last_started_at,
                suites.hostname,
                contents.case_count,
                contents.passed_count,
                contents.duration_seconds,
                contents.first_case,
                contents.last_case
            order by
                case
                    when reports.link_rule in ('explicit_job', 'path_job') then 0
                    else 1
                end,
                reports.locator
        ) as copy_rank
    from reports
    inner join suites
        on reports.report_id = suites.report_id
    inner join contents
        on reports.report_id = contents.report_id
    where contents.duration_seconds > 0 and reports.workflow_run_attempt_key is not null
),

final as (
    select report_id
    from ranked
    where copy_rank > 1
)

select * from final
