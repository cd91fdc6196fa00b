with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

outages as (
    select * from {{ ref('int_outages_found') }}
),

final as (
    select
        tries.test_key,
        tries.code_sha,
        tries.environment,
        count(*) as execution_count,
        count(*) filter (where tries.is_failure) as failure_count,
        count(*) filter (where tries.verdict = 'passed') as pass_count
    from tries
    left join outages
        on
            tries.workflow_run_attempt_key = outages.workflow_run_attempt_key
            and tries.environment = outages.environment
    where
        tries.is_execution
        and tries.code_sha is not null
        and outages.workflow_run_attempt_key is null
    group by tries.test_key, tries.code_sha, tries.environment
)

select * from final
