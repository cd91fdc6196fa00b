{{ config(materialized='table') }}

with detected as (
    select * from {{ ref('int_deployments_detected') }}
),

single_services as (
    select
        repository,
        min(service) as service
    from {{ ref('services') }}
    group by repository
    having count(*) = 1
),

native as (
    select repository
    from detected
    where evidence_kind = 'deployment' and environment = 'production'
    group by repository
),

final as (
    select
        {{ surrogate_key([
            'detected.vendor', 'detected.repository', 'detected.evidence_kind',
            'detected.evidence_id', 'detected.environment', 'detected.service'
        ]) }} as deployment_key,
        detected.vendor,
        detected.repository,
        detected.deployment_id,
        detected.evidence_kind,
        detected.evidence_id,
        detected.sha,
        detected.vendor_environment,
        detected.environment,
        coalesce(detected.service, single_services.service) as service,
        -- Deployments of one line follow each other: those of a service, else of the repository.
        coalesce(detected.service, single_services.service, detected.repository)
            as service_line,
        detected.detection_rule,
        detected.vendor_status,
        detected.result,
        detected.environment = 'production' as is_production,
        detected.evidence_kind = 'job_name' and native.repository is not null as is_superseded,
        detected.environment = 'production'
        and detected.result <> 'unfinished'
        and not (detected.evidence_kind = 'job_name' and native.repository is not null)
            as is_counted,
        detected.created_at,
        case when detected.result <> 'unfinished' then detected.finished_at end as finished_at,
        detected.loaded_at
    from detected
    left join single_services
        on detected.repository = single_services.repository
    left join native
        on detected.repository = native.repository
)

select * from final
