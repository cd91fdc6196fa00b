{{ config(materialized='table') }}

{#- Walked from the first try on, so that tries which name each other in a circle are never met. -#}
with recursive jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

tries as (
    select
        vendor,
        repository,
        run_id,
        job_id,
        job_attempt_key,
        cast(0 as bigint) as retry_number
    from jobs
    where is_retried and retried_from_job_id is null
    union all
    select
        jobs.vendor,
        jobs.repository,
        jobs.run_id,
        jobs.job_id,
        jobs.job_attempt_key,
        tries.retry_number + 1 as retry_number
    from tries
    inner join jobs
        on
            tries.vendor = jobs.vendor
            and tries.repository = jobs.repository
            and tries.run_id = jobs.run_id
            and tries.job_id = jobs.retried_from_job_id
),

final as (
    select
        job_attempt_key,
        retry_number
    from tries
    where retry_number > 0
)

select * from final
