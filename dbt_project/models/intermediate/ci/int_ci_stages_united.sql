{#- A vendor that tells of its stages adds a staging model with the columns of `made`; where stages
    are only a word at the jobs, they are made of them here. -#}
with jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
    where stage_name is not null and vendor <> 'azure_devops'
),

-- A job that was retried no longer speaks for its stage; one that may fail only says that it ran.
spoken as (
    select
        *,
        is_allowed_to_fail or is_retried as is_silent
    from jobs
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
        count(*) filter (
            where result in ('success', 'unstable')
            or (is_silent and result not in ('neutral', 'skipped'))
        ) as passed_count,
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
