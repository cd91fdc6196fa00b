{#- A vendor that tells of its stages adds a staging model with the columns of `made`; where stages
    are only a word at the jobs, they are made of them here. -#}
with jobs as (
    select * from {{ ref('int_ci_jobs_united') }}
    where stage_name is not null
),

retried as (
    select
        vendor,
        repository,
        run_id,
        retried_from_job_id as job_id
    from jobs
    where retried_from_job_id is not null
    group by vendor, repository, run_id, retried_from_job_id
),

-- A job that was retried no longer speaks for its stage; one that may fail never does.
spoken as (
    select
        jobs.*,
        coalesce(jobs.is_allowed_to_fail, false) or retried.job_id is not null as is_silent
    from jobs
    left join retried
        on
            jobs.vendor = retried.vendor
            and jobs.repository = retried.repository
            and jobs.run_id = retried.run_id
            and jobs.job_id = retried.job_id
),

grouped as (
    select
        vendor,
        repository,
        run_id,
        run_attempt,
        stage_name,
        min(lpad(job_id, 40, '0')) as first_job,
        count(*) filter (where result = 'running') as running_count,
        count(*) filter (where not is_silent and result in ('failure', 'startup_failure'))
            as failed_count,
        count(*) filter (where not is_silent and result = 'timed_out') as timed_out_count,
        count(*) filter (where not is_silent and result = 'cancelled') as cancelled_count,
        count(*) filter (where result in ('success', 'unstable') or is_silent) as passed_count,
        count(*) filter (where result = 'neutral') as neutral_count,
        min(started_at) as started_at,
        max(completed_at) as finished_at,
        max(loaded_at) as loaded_at
    from spoken
    group by vendor, repository, run_id, run_attempt, stage_name
),

made as (
    select
        vendor,
        repository,
        run_id,
        run_attempt,
        stage_name as stage_id,
        stage_name,
        cast(
            row_number() over (
                partition by vendor, repository, run_id, run_attempt
                order by started_at asc nulls last, first_job asc
            ) as integer
        ) as stage_index,
        cast(null as string) as vendor_status,
        case
            when running_count > 0 then 'running'
            when failed_count > 0 then 'failure'
            when timed_out_count > 0 then 'timed_out'
            when cancelled_count > 0 then 'cancelled'
            when passed_count > 0 then 'success'
            when neutral_count > 0 then 'neutral'
            else 'skipped'
        end as result,
        started_at,
        finished_at,
        loaded_at
    from grouped
),

final as (
    select * from made
    union all
    select
        vendor,
        repository,
        run_id,
        run_attempt,
        stage_id,
        stage_name,
        stage_index,
        vendor_status,
        result,
        started_at,
        finished_at,
        loaded_at
    from {{ ref('int_build_stages_placed') }}
)

select * from final
