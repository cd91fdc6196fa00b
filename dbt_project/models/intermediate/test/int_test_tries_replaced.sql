with tries as (
    select
        *,
        -- When the job began, without what it ran again itself.
        try_order - try_order % 1000 as job_order
    from {{ ref('int_test_tries_placed') }}
),

-- Of jobs that began in the same second the one that was retried came first, then who ended first.
jobs as (
    select
        job_attempt_key,
        is_retried,
        row_number() over (
            partition by vendor, repository, run_id
            order by is_retried desc, completed_at asc nulls last, length(job_id) asc, job_id asc
        ) as job_rank
    from {{ ref('int_job_attempts_unified') }}
),

-- What some vendors run again within the attempt of its run.
earlier as (
    select
        tries.*,
        jobs.job_rank
    from tries
    inner join jobs
        on tries.job_attempt_key = jobs.job_attempt_key
    where jobs.is_retried
),

-- What the later try left out keeps the word of the earlier one.
final as (
    select
        earlier.report_id,
        earlier.test_key
    from earlier
    inner join tries as later_tries
        on
            earlier.workflow_run_attempt_key = later_tries.workflow_run_attempt_key
            and earlier.job_name = later_tries.job_name
            and earlier.environment = later_tries.environment
            and earlier.test_key = later_tries.test_key
            and earlier.job_attempt_key <> later_tries.job_attempt_key
            and earlier.job_order <= later_tries.job_order
    inner join jobs as later_jobs
        on later_tries.job_attempt_key = later_jobs.job_attempt_key
    where
        earlier.job_order < later_tries.job_order or earlier.job_rank < later_jobs.job_rank
    group by earlier.report_id, earlier.test_key
)

select * from final
