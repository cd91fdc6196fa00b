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

job_events as (
    select * from {{ ref('int_deployment_jobs_found') }}
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
        deployments.started_at,
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

final as (
    select * from vendor_events
    union all
    select * from job_events
)

select * from final
