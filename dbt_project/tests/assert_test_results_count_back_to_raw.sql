-- Every raw try is a fact, unless its report is an older version, a copy or a merged one.
with cases as (
    select * from {{ ref('int_test_cases_united') }}
),

reports as (
    select * from {{ ref('int_reports_linked') }}
    where kind = 'test_results' and not is_duplicate
),

left_out as (
    select report_id from {{ ref('int_test_aggregates_found') }}
    union
    select report_id from {{ ref('int_test_repeats_found') }}
    union
    select report_id from {{ ref('int_test_formats_repeated') }}
),

facts as (
    select
        report_id,
        count(*) as fact_count
    from {{ ref('fct_test_results') }}
    group by report_id
),

expected as (
    select
        cases.report_id,
        count(*) as case_count
    from cases
    inner join reports
        on cases.report_id = reports.report_id
    left join left_out
        on cases.report_id = left_out.report_id
    where left_out.report_id is null
    group by cases.report_id
)

select
    expected.report_id,
    expected.case_count,
    facts.fact_count
from expected
full join facts
    on expected.report_id = facts.report_id
where expected.case_count is distinct from facts.fact_count
