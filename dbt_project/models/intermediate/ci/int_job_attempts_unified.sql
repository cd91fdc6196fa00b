{{ config(materialized='table') }}

with jobs as (
    select * from {{ ref('stg_github_actions__workflow_jobs') }}
),

result_words as (
    select * from {{ ref('result_words') }}
    where vendor = 'github_actions'
),

worded as (
    select
        jobs.*,
        'github_actions' as vendor,
        case
            when lower(coalesce(jobs.vendor_status, 'completed')) <> 'completed' then 'running'
            else coalesce(result_words.result, 'neutral')
        end as result
    from jobs
    left join result_words
        on lower(jobs.vendor_conclusion) = result_words.vendor_word
),

measured as (
    select
        *,
        case
            when
                result <> 'skipped' and started_at >= created_at
                then {{ seconds_between('created_at', 'started_at') }}
        end as queue_seconds,
        case
            when
                result not in ('skipped', 'running') and completed_at >= started_at
                then {{ seconds_between('started_at', 'completed_at') }}
        end as duration_seconds
    from worded
),

final as (
    select
        {{ surrogate_key(['vendor', 'repository', 'job_id']) }} as job_attempt_key,
        vendor,
        repository,
        run_id,
        run_attempt,
        job_id,
        workflow_name,
        job_name,
        {{ environment_name('job_name') }} as environment,
        vendor_status,
        vendor_conclusion,
        result,
        head_branch,
        head_sha,
        labels,
        runner_name,
        runner_group_name,
        html_url,
        queue_seconds,
        duration_seconds,
        created_at,
        started_at,
        completed_at,
        loaded_at
    from measured
)

select * from final
