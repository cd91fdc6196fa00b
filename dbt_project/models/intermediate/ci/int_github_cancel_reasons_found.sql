with annotations as (
    select * from {{ ref('stg_github_actions__job_annotations') }}
),

jobs as (
    select * from {{ ref('stg_github_actions__workflow_jobs') }}
),

-- The vendor says it in sentences; what none of them matches is no reason.
reasons as (
    select
        jobs.repository,
        cast(jobs.run_id as string) as run_id,
        jobs.run_attempt,
        case
            when annotations.message like 'Canceling since a%waiting request%'
                then 'superseded'
            when annotations.message like 'Canceling since a deployment%' then 'superseded'
            when annotations.message like 'The run was canceled by @%' then 'user'
            when annotations.message like '%exceeded the maximum execution time%'
                then 'timeout'
            when annotations.message like 'The strategy configuration was canceled because%'
                then 'other_job_failed'
            when annotations.message like '%lost communication with the server%'
                then 'runner_lost'
        end as cancel_reason
    from annotations
    inner join jobs
        on
            annotations.repository = jobs.repository
            and annotations.job_id = cast(jobs.job_id as string)
),

-- Jobs of one run say different things: what stopped the run goes before what followed from it.
final as (
    select
        'github_actions' as vendor,
        repository,
        run_id,
        run_attempt,
        min_by(
            cancel_reason,
            case cancel_reason
                when 'superseded' then 1
                when 'user' then 2
                when 'timeout' then 3
                when 'runner_lost' then 4
                else 5
            end
        ) as cancel_reason
    from reasons
    where cancel_reason is not null
    group by repository, run_id, run_attempt
)

select * from final
