with stages as (
    select * from {{ ref('int_ci_stages_united') }}
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

final as (
    select
        {{ surrogate_key([
            'stages.vendor', 'stages.repository', 'stages.run_id', 'stages.run_attempt',
            'stages.stage_id'
        ]) }} as stage_attempt_key,
        attempts.workflow_run_attempt_key,
        attempts.workflow_run_key,
        {{ surrogate_key(['stages.repository']) }} as repository_key,
        attempts.team_key,
        stages.vendor,
        stages.repository,
        stages.run_id,
        stages.run_attempt,
        stages.stage_id,
        attempts.workflow_name,
        stages.stage_name,
        stages.vendor_status,
        stages.result,
        stages.stage_index,
        case
            when stages.result <> 'running' and stages.finished_at >= stages.started_at
                then {{ seconds_between('stages.started_at', 'stages.finished_at') }}
        end as duration_seconds,
        stages.result <> 'running' as is_finished,
        stages.result in ('failure', 'timed_out', 'startup_failure') as is_bad,
        coalesce(attempts.is_final_attempt, false) as is_final_attempt,
        attempts.run_created_date,
        stages.started_at,
        stages.finished_at,
        stages.loaded_at
    from stages
    left join attempts
        on
            stages.vendor = attempts.vendor
            and stages.repository = attempts.repository
            and stages.run_id = attempts.run_id
            and stages.run_attempt = attempts.run_attempt
)

select * from final
