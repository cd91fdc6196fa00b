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

-- A file or a person telling once more what the vendor told is no second deployment.
sources as (
    select
        *,
        case
            when vendor = 'recorded' then 2
            when vendor = 'deployed_versions' then 1
            else 0
        end as source_rank
    from detected
    where evidence_kind = 'deployment'
),

parameters as (
    select max(parameter_value) as window_hours
    from {{ ref('rule_parameters') }}
    where rule_name = 'deployment_told_again' and parameter = 'window_hours'
),

lesser as (
    select * from sources
    where source_rank > 0
),

told_again as (
    select
        lesser.vendor,
        lesser.evidence_kind,
        lesser.evidence_id
    from lesser
    cross join parameters
    inner join sources as better
        on
            lesser.repository = better.repository
            and lesser.environment = better.environment
            and lesser.source_rank > better.source_rank
            and (lesser.sha = better.sha or lesser.sha is null)
            and (
                lesser.service = better.service
                or lesser.service is null
                or better.service is null
            )
    where
        abs({{ seconds_between('better.finished_at', 'lesser.finished_at') }})
        <= 3600 * parameters.window_hours
    group by lesser.vendor, lesser.evidence_kind, lesser.evidence_id
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
        (detected.evidence_kind = 'job_name' and native.repository is not null)
        or told_again.evidence_id is not null as is_superseded,
        detected.environment = 'production'
        and detected.result <> 'unfinished'
        and not (detected.evidence_kind = 'job_name' and native.repository is not null)
        and told_again.evidence_id is null
            as is_counted,
        detected.created_at,
        case when detected.result <> 'unfinished' then detected.finished_at end as finished_at,
        detected.loaded_at
    from detected
    left join single_services
        on detected.repository = single_services.repository
    left join native
        on detected.repository = native.repository
    left join told_again
        on
            detected.vendor = told_again.vendor
            and detected.evidence_id = told_again.evidence_id
            and detected.evidence_kind = told_again.evidence_kind
)

select * from final
