with cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

-- Parts and whole are looked for in the same run attempt; a whole may span its jobs.
units as (
    select
        repository,
        workflow_run_attempt_key
    from cases
    group by repository, workflow_run_attempt_key
    having count(distinct report_id) > 2
),

-- Cases as they are told apart between reports: name, verdict and duration.
unit_cases as (
    select
        cases.report_id,
        md5(concat_ws(
            chr(31),
            coalesce(cases.workflow_run_attempt_key, ''),
            cases.test_key,
            cases.verdict,
            cast(cases.retry_index as string),
            coalesce(cast(cases.duration_seconds as string), '')
        )) as case_hash
    from cases
    inner join units
        on
            cases.repository is not distinct from units.repository
            and cases.workflow_run_attempt_key is not distinct from units.workflow_run_attempt_key
),

counted as (
    select
        report_id,
        case_hash,
        count(*) as case_count
    from unit_cases
    group by report_id, case_hash
),

sized as (
    select
        *,
        sum(case_count) over (partition by report_id) as report_size
    from counted
),

shared as (
    select
        larger.report_id,
        smaller.report_id as part_report_id,
        max(larger.report_size) as report_size,
        max(smaller.report_size) as part_size,
        sum(least(larger.case_count, smaller.case_count)) as shared_count
    from sized as larger
    inner join sized as smaller
        on
            larger.case_hash = smaller.case_hash
            and larger.report_size > smaller.report_size
    group by larger.report_id, smaller.report_id
),

-- A part is a smaller report that lies wholly inside; parts make the whole.
final as (
    select report_id
    from shared
    where shared_count = part_size
    group by report_id
    having count(*) > 1 and sum(part_size) = max(report_size)
)

select * from final
