with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

final as (
    select
        coalesce(workflow_run_key, report_id) as run_text,
        job_name,
        environment,
        test_key,
        min(try_order) as first_failed_order
    from tries
    where is_failure
    group by coalesce(workflow_run_key, report_id), job_name, environment, test_key
)

select * from final
