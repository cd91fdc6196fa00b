with recursive jobs as (
    select * from {{ ref('fct_job_attempts') }}
),

predecessors as (
    select * from {{ ref('bridge_job_predecessors') }}
),

suites as (
    select
        job_attempt_key,
        {{ exact_sum('duration_seconds') }} as test_seconds
    from {{ ref('fct_test_suite_results') }}
    where job_attempt_key is not null
    group by job_attempt_key
),

-- What ends last; of several the longest, then by key.
ends as (
    select
        predecessors.job_attempt_key,
        predecessors.follows_job_attempt_key,
        row_number() over (
            partition by predecessors.workflow_run_attempt_key
            order by jobs.completed_at desc, jobs.started_at asc, jobs.job_attempt_key asc
        ) as end_rank
    from predecessors
    inner join jobs
        on predecessors.job_attempt_key = jobs.job_attempt_key
),

-- From there back to what began.
walked as (
    select
        job_attempt_key,
        follows_job_attempt_key,
        1 as steps_to_end
    from ends
    where end_rank = 1
    union all
    select
        predecessors.job_attempt_key,
        predecessors.follows_job_attempt_key,
        walked.steps_to_end + 1 as steps_to_end
    from walked
    inner join predecessors
        on walked.follows_job_attempt_key = predecessors.job_attempt_key
),

final as (
    select
        jobs.job_attempt_key,
        jobs.workflow_run_attempt_key,
        jobs.workflow_run_key,
        jobs.repository_key,
        jobs.team_key,
        predecessors.follows_job_attempt_key,
        jobs.vendor,
        jobs.repository,
        jobs.workflow_name,
        jobs.stage_name,
        jobs.job_name,
        jobs.environment,
        jobs.result,
        predecessors.path_rule,
        row_number() over (
            partition by jobs.workflow_run_attempt_key
            order by walked.steps_to_end desc
        ) as path_position,
        predecessors.waiting_seconds,
        jobs.duration_seconds,
        case
            when suites.test_seconds > jobs.duration_seconds then jobs.duration_seconds
            else suites.test_seconds
        end as test_seconds,
        jobs.is_manual,
        jobs.is_final_attempt,
        walked.steps_to_end = 1 as is_last,
        jobs.run_created_date,
        jobs.started_at,
        jobs.completed_at
    from walked
    inner join jobs
        on walked.job_attempt_key = jobs.job_attempt_key
    inner join predecessors
        on walked.job_attempt_key = predecessors.job_attempt_key
    left join suites
        on walked.job_attempt_key = suites.job_attempt_key
)

select * from final
