with jobs as (
    select
        found.*,
        attempts.run_started_at
    from {{ ref('fct_job_attempts') }} as found
    inner join {{ ref('fct_workflow_run_attempts') }} as attempts
        on found.workflow_run_attempt_key = attempts.workflow_run_attempt_key
    -- A re-run may list what an earlier attempt had done; what took no time holds up nothing.
    where
        found.is_finished
        and found.result <> 'skipped'
        and found.completed_at > found.started_at
        and (attempts.run_started_at is null or found.completed_at > attempts.run_started_at)
),

dependencies as (
    select
        'circleci' as vendor,
        job_id,
        split_part(job_id, ':', 1) || ':' || needed_id as needed_job_id
    from (
        select
            job_id,
            {{ json_texts('needed_job_ids') }} as needed_id
        from {{ ref('stg_circleci__jobs') }}
    ) as listed
    group by job_id, needed_id
),

told_runs as (
    select jobs.workflow_run_attempt_key
    from jobs
    inner join dependencies
        on
            jobs.vendor = dependencies.vendor
            and jobs.job_id = dependencies.job_id
    group by jobs.workflow_run_attempt_key
),

stages as (
    select
        workflow_run_attempt_key,
        stage_name,
        stage_index,
        started_at,
        max(finished_at) over (
            partition by workflow_run_attempt_key
            order by stage_index
            rows between unbounded preceding and 1 preceding
        ) as earlier_finished_at
    from {{ ref('fct_stage_attempts') }}
),

-- Stages that overlap are no order: jobs name what they wait for, or groups run side by side.
ordered_runs as (
    select workflow_run_attempt_key
    from stages
    group by workflow_run_attempt_key
    having count(case when started_at < earlier_finished_at then 1 end) = 0
),

ruled as (
    select
        jobs.*,
        stages.stage_index,
        case
            when told_runs.workflow_run_attempt_key is not null then 'dependency'
            when
                ordered_runs.workflow_run_attempt_key is not null
                and stages.stage_index is not null
                then 'stage'
            else 'time'
        end as path_rule
    from jobs
    left join told_runs
        on jobs.workflow_run_attempt_key = told_runs.workflow_run_attempt_key
    left join ordered_runs
        on jobs.workflow_run_attempt_key = ordered_runs.workflow_run_attempt_key
    left join stages
        on
            jobs.workflow_run_attempt_key = stages.workflow_run_attempt_key
            and jobs.stage_name = stages.stage_name
),

-- Of what was over when a job began, the last to end; of several the longest, then by key.
paired as (
    select
        ruled.job_attempt_key,
        earlier.job_attempt_key as follows_job_attempt_key,
        earlier.completed_at as follows_completed_at,
        row_number() over (
            partition by ruled.job_attempt_key
            order by earlier.completed_at desc, earlier.started_at asc, earlier.job_attempt_key asc
        ) as nearness
    from ruled
    inner join ruled as earlier
        on
            ruled.workflow_run_attempt_key = earlier.workflow_run_attempt_key
            and ruled.started_at >= earlier.completed_at
    left join dependencies
        on
            ruled.vendor = dependencies.vendor
            and ruled.job_id = dependencies.job_id
            and earlier.job_id = dependencies.needed_job_id
    where
        ruled.path_rule = 'time'
        or dependencies.job_id is not null
        or (ruled.path_rule = 'stage' and earlier.stage_index < ruled.stage_index)
        or ruled.retried_from_job_id = earlier.job_id
),

begun as (
    select
        ruled.*,
        paired.follows_job_attempt_key,
        coalesce(paired.follows_completed_at, ruled.run_started_at) as free_at
    from ruled
    left join paired
        on
            ruled.job_attempt_key = paired.job_attempt_key
            and paired.nearness = 1
),

final as (
    select
        job_attempt_key,
        follows_job_attempt_key,
        workflow_run_attempt_key,
        path_rule,
        case
            when free_at <= started_at then {{ seconds_between('free_at', 'started_at') }}
            when free_at is not null then cast(0 as double)
        end as waiting_seconds
    from begun
)

select * from final
