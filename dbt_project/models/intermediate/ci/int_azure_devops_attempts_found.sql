with builds as (
    select * from {{ ref('stg_azure_devops__builds') }}
),

records as (
    select
        server,
        build_id,
        coalesce(attempt, 1) as run_attempt,
        1 as is_stage,
        lower(vendor_conclusion) as word,
        started_at,
        finished_at
    from {{ ref('stg_azure_devops__stages') }}
    where stage_kind = 'Stage'
    union all
    select
        server,
        build_id,
        coalesce(attempt, 1) as run_attempt,
        0 as is_stage,
        lower(vendor_conclusion) as word,
        started_at,
        finished_at
    from {{ ref('stg_azure_devops__jobs') }}
),

-- Stages answer for their jobs, which may fail without them; where no stage is told of, jobs do.
judging as (
    select
        *,
        max(is_stage) over (partition by server, build_id, run_attempt) = is_stage as is_judging
    from records
),

attempted as (
    select
        server,
        build_id,
        run_attempt,
        count(case when is_judging and word in ('failed', 'rejected', 'abandoned') then 1 end)
            as failed_count,
        count(case when is_judging and word = 'canceled' then 1 end) as canceled_count,
        count(case when is_judging and word = 'succeededwithissues' then 1 end) as flawed_count,
        min(started_at) as began_at,
        max(finished_at) as ended_at
    from judging
    group by server, build_id, run_attempt
),

numbered as (
    select
        builds.server,
        builds.build_id,
        coalesce(attempted.run_attempt, 1) as run_attempt,
        builds.vendor_status,
        builds.vendor_conclusion,
        builds.is_running,
        builds.is_invalid,
        attempted.failed_count,
        attempted.canceled_count,
        attempted.flawed_count,
        builds.started_at,
        builds.finished_at,
        builds.updated_at,
        attempted.began_at,
        attempted.ended_at,
        max(attempted.run_attempt) over (partition by builds.server, builds.build_id)
            as last_attempt,
        lead(attempted.began_at) over (
            partition by builds.server, builds.build_id order by attempted.run_attempt
        ) as next_began_at
    from builds
    left join attempted
        on
            builds.server = attempted.server
            and builds.build_id = attempted.build_id
),

-- A build has the result of its last attempt; an earlier one was what its stages were.
final as (
    select
        server,
        build_id,
        run_attempt,
        case when run_attempt < last_attempt then 'completed' else vendor_status end
            as vendor_status,
        case
            when coalesce(run_attempt = last_attempt, true) and is_running then null
            when coalesce(run_attempt = last_attempt, true) and is_invalid then 'invalid'
            when coalesce(run_attempt = last_attempt, true) then vendor_conclusion
            when failed_count > 0 then 'failed'
            when canceled_count > 0 then 'canceled'
            when flawed_count > 0 then 'partiallySucceeded'
            else 'succeeded'
        end as vendor_conclusion,
        case when run_attempt = 1 then started_at else coalesce(began_at, updated_at) end
            as started_at,
        case
            when run_attempt < last_attempt then least(ended_at, coalesce(next_began_at, ended_at))
            when not is_running then finished_at
        end as finished_at
    from numbered
)

select * from final
