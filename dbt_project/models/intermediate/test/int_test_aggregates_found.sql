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

sizes as (
    select
        report_id,
        sum(case_count) as report_size
    from counted
    group by report_id
),

shared as (
    select
        larger.report_id,
        smaller.report_id as part_report_id,
        sum(least(larger.case_count, smaller.case_count)) as shared_count
    from counted as larger
    inner join counted as smaller
        on
            larger.case_hash = smaller.case_hash
            and larger.report_id <> smaller.report_id
    group by larger.report_id, smaller.report_id
),

-- A part is a smaller report that lies wholly inside.
parts as (
    select
        shared.report_id,
        count(*) as part_count,
        sum(part_size.report_size) as parts_size
    from shared
    inner join sizes as part_size
        on
            shared.part_report_id = part_size.report_id
            and shared.shared_count = part_size.report_size
    inner join sizes as whole_size
        on
            shared.report_id = whole_size.report_id
            and part_size.report_size < whole_size.report_size
    group by shared.report_id
),

final as (
    select
        parts.report_id,
        parts.part_count
    from parts
    inner join sizes
        on
            parts.report_id = sizes.report_id
            and parts.parts_size = sizes.report_size
    where parts.part_count > 1
)

select * from final
