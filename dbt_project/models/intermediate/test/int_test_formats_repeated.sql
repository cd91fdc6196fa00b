with linked as (
    select * from {{ ref('int_reports_linked') }}
    where kind = 'test_results' and not is_duplicate
),

headers as (
    select * from {{ ref('stg_test_results__reports') }}
),

cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

limits as (
    select
        max(parameter_value) filter (where parameter = 'minimum_tests') as minimum_tests,
        max(parameter_value) filter (where parameter = 'largest_difference') as largest_difference
    from {{ ref('rule_parameters') }}
    where rule_name = 'format_told_again'
),

reports as (
    select
        linked.report_id,
        linked.workflow_run_attempt_key,
        linked.job_attempt_key,
        headers.format,
        headers.test_count,
        headers.passed_count,
        headers.skipped_count,
        limits.largest_difference
    from linked
    inner join headers
        on linked.report_id = headers.report_id
    cross join limits
    where headers.test_count >= limits.minimum_tests
),

-- Formats name tests in ways of their own, so only counts and times can be compared.
pairs as (
    select
        kept.report_id as kept_report_id,
        again.report_id,
        again.largest_difference
    from reports as kept
    inner join reports as again
        on
            kept.workflow_run_attempt_key = again.workflow_run_attempt_key
            and kept.job_attempt_key is not distinct from again.job_attempt_key
            and kept.test_count = again.test_count
            and kept.passed_count = again.passed_count
            and kept.skipped_count = again.skipped_count
            and kept.format < again.format
),

compared as (
    select kept_report_id as report_id from pairs
    union
    select report_id from pairs
),

times as (
    select
        cases.report_id,
        {{ exact_sum('cases.duration_seconds') }} as total_seconds,
        max(cases.duration_seconds) as longest_seconds
    from cases
    inner join compared
        on cases.report_id = compared.report_id
    where cases.is_final
    group by cases.report_id
),

-- The same tests took as long in both, all together and the longest of them, as far as formats
-- round alike.
final as (
    select pairs.report_id
    from pairs
    inner join times as kept
        on pairs.kept_report_id = kept.report_id
    inner join times as again
        on pairs.report_id = again.report_id
    where
        kept.total_seconds > 0
        and abs(kept.total_seconds - again.total_seconds)
        <= pairs.largest_difference * kept.total_seconds
        and abs(kept.longest_seconds - again.longest_seconds)
        <= pairs.largest_difference * kept.longest_seconds
    group by pairs.report_id
)

select * from final
