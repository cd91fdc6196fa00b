with reruns as (
    select * from {{ ref('int_test_reruns_found') }}
),

cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

earlier as (
    select
        report_id,
        first_report_id,
        rerun_number
    from reruns
    union all
    select
        first_report_id as report_id,
        first_report_id,
        cast(0 as bigint) as rerun_number
    from reruns
    group by first_report_id
),

final as (
    select
        earlier.report_id,
        cases.test_key
    from reruns
    inner join earlier
        on
            reruns.first_report_id = earlier.first_report_id
            and reruns.rerun_number > earlier.rerun_number
    inner join cases
        on reruns.report_id = cases.report_id
    group by earlier.report_id, cases.test_key
)

select * from final
