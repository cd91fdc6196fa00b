with jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

attempts as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

job_rules as (
    select
        *,
        replace(
            replace(replace(replace(lower(pattern), '!', '!!'), '_', '!_'), '%', '!%'), '*', '%'
        ) as like_pattern
    from {{ ref('deployment_rules') }}
    where rule_kind = 'job_name'
),

names as (
    select
        repository,
        job_name
    from jobs
    group by repository, job_name
),

-- Of several rules one counts, as for names of environments.
ranked as (
    select
        names.repository,
        names.job_name,
        job_rules.environment as rule_environment,
        job_rules.service as rule_service,
        rank() over (
            partition by names.repository, names.job_name
            order by
                case when job_rules.repository is null then 1 else 0 end,
                length(job_rules.pattern) desc,
                job_rules.pattern
        ) as rule_rank
    from names
    inner join job_rules
        on
            names.repository = coalesce(job_rules.repository, names.repository)
            and lower(names.job_name) like job_rules.like_pattern escape '!'
),

-- What never ran, or waits for a hand, deploys nothing. What was tried again speaks by its last
-- try, and what a re-run lists once more was deployed by the attempt before.
deploying as (
    select
        jobs.*,
        ranked.rule_environment,
        ranked.rule_service
    from jobs
    inner join ranked
        on
            jobs.repository = ranked.repository
            and jobs.job_name = ranked.job_name
            and ranked.rule_rank = 1
    left join attempts
        on
            jobs.vendor = attempts.vendor
            and jobs.repository = attempts.repository
            and jobs.run_id = attempts.run_id
            and jobs.run_attempt = attempts.run_attempt
    where
        jobs.result not in ('skipped', 'neutral')
        and not jobs.is_retried
        and not {{ is_carried_over('jobs', 'attempts') }}
),

-- All matching jobs of one run attempt are one deployment.
final as (
    select
        vendor,
        repository,
        'job_name' as evidence_kind,
        run_id || '/' || run_attempt as evidence_id,
        cast(null as string) as deployment_id,
        run_id,
        min(head_sha) as sha,
        min(job_name) as vendor_environment,
        case
            when lower(rule_environment) in ('production', 'prod') then 'production'
            else lower(rule_environment)
        end as environment,
        rule_service as service,
        'job_name' as detection_rule,
        min(vendor_conclusion) as vendor_status,
        case
            when max(case when result = 'running' then 1 else 0 end) = 1 then 'unfinished'
            when
                max(
                    case when result in ('failure', 'timed_out') then 1 else 0 end
                ) = 1
                then 'failure'
            when min(case when result = 'success' then 1 else 0 end) = 1 then 'success'
            else 'unfinished'
        end as result,
        min(created_at) as created_at,
        min(started_at) as started_at,
        max(completed_at) as finished_at,
        max(loaded_at) as loaded_at
    from deploying
    group by vendor, repository, run_id, run_attempt, rule_environment, rule_service
)

select * from final
