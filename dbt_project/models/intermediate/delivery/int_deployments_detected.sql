with deployments as (
    select * from {{ ref('int_deployment_events_united') }}
),

environments as (
    select * from {{ ref('int_deployment_rules_applied') }}
),

handmade as (
    select * from {{ ref('int_handmade_deployments_placed') }}
),

imported as (
    select * from {{ ref('stg_imports__deployments') }}
),

jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
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

vendor_events as (
    select
        deployments.vendor,
        deployments.repository,
        'deployment' as evidence_kind,
        deployments.deployment_id as evidence_id,
        deployments.deployment_id,
        cast(null as string) as run_id,
        deployments.sha,
        deployments.vendor_environment,
        environments.environment,
        coalesce(handmade.service, imported.service, environments.service) as service,
        environments.environment_rule as detection_rule,
        deployments.vendor_status,
        deployments.result,
        deployments.created_at,
        deployments.finished_at,
        deployments.loaded_at
    from deployments
    inner join environments
        on
            deployments.repository = environments.repository
            and deployments.vendor_environment = environments.vendor_environment
    left join handmade
        on
            deployments.vendor = handmade.vendor
            and deployments.deployment_id = handmade.deployment_id
    left join imported
        on
            deployments.vendor = imported.vendor
            and deployments.repository = imported.repository
            and deployments.deployment_id = imported.deployment_id
),

-- All matching jobs of one run attempt are one deployment; what never ran is none.
job_events as (
    select
        jobs.vendor,
        jobs.repository,
        'job_name' as evidence_kind,
        jobs.run_id || '/' || jobs.run_attempt as evidence_id,
        cast(null as string) as deployment_id,
        jobs.run_id,
        min(jobs.head_sha) as sha,
        min(jobs.job_name) as vendor_environment,
        case
            when lower(job_rules.environment) in ('production', 'prod') then 'production'
            else lower(job_rules.environment)
        end as environment,
        job_rules.service,
        'job_name' as detection_rule,
        min(jobs.vendor_conclusion) as vendor_status,
        case
            when max(case when jobs.result = 'running' then 1 else 0 end) = 1 then 'unfinished'
            when
                max(
                    case when jobs.result in ('failure', 'timed_out') then 1 else 0 end
                ) = 1
                then 'failure'
            when min(case when jobs.result = 'success' then 1 else 0 end) = 1 then 'success'
            else 'unfinished'
        end as result,
        min(jobs.created_at) as created_at,
        max(jobs.completed_at) as finished_at,
        max(jobs.loaded_at) as loaded_at
    from jobs
    inner join job_rules
        on
            jobs.repository = coalesce(job_rules.repository, jobs.repository)
            and lower(jobs.job_name) like job_rules.like_pattern escape '!'
    where jobs.result <> 'skipped'
    group by
        jobs.vendor,
        jobs.repository,
        jobs.run_id,
        jobs.run_attempt,
        job_rules.environment,
        job_rules.service
),

final as (
    select * from vendor_events
    union all
    select * from job_events
)

select * from final
