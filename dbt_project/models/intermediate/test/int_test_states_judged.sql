with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

outages as (
    select * from {{ ref('int_outages_found') }}
),

counted as (
    select
        tries.*,
        coalesce(tries.run_created_at, tries.reported_at) as seen_at,
        cast(coalesce(tries.run_created_at, tries.reported_at) as string)
        || lpad(cast(tries.try_order as string), 15, '0')
        || tries.report_id
        || lpad(cast(tries.case_index as string), 9, '0') as seen_order
    from tries
    left join outages
        on
            tries.workflow_run_attempt_key = outages.workflow_run_attempt_key
            and tries.environment = outages.environment
    where
        tries.is_execution
        and tries.code_sha is not null
        and outages.workflow_run_attempt_key is null
),

final as (
    select
        test_key,
        code_sha,
        environment,
        min(repository) as repository,
        count(*) as execution_count,
        count(*) filter (where is_failure) as failure_count,
        count(*) filter (where verdict = 'passed') as pass_count,
        min_by(is_failure, seen_order) as is_first_failed,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from counted
    group by test_key, code_sha, environment
)

select * from final
