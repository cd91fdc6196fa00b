{{ config(materialized='table') }}

-- Whom we believe first: the vendor, a rule on the names of jobs, a file, a person.
with detected as (
    select
        *,
        case
            when evidence_kind = 'job_name' then 1
            when vendor = 'deployed_versions' then 2
            when vendor = 'recorded' then 3
            else 0
        end as source_rank
    from {{ ref('int_deployments_detected') }}
),

single_services as (
    select
        repository,
        min(service) as service
    from {{ ref('services') }}
    group by repository
    having count(*) = 1
),

native_services as (
    select
        repository,
        environment,
        service
    from detected
    where source_rank = 0 and service is not null
    group by repository, environment, service
),

native_environments as (
    select
        repository,
        environment,
        max(case when service is null then 1 else 0 end) = 1 as has_unnamed_service
    from detected
    where source_rank = 0
    group by repository, environment
),

-- Where the vendor tells of deployments its jobs tell nothing new, unless of another service.
sources as (
    select
        detected.*,
        detected.source_rank = 1
        and native_environments.repository is not null
        and (
            detected.service is null
            or native_environments.has_unnamed_service
            or native_services.service is not null
        ) as is_told_by_vendor
    from detected
    left join native_environments
        on
            detected.repository = native_environments.repository
            and detected.environment = native_environments.environment
    left join native_services
        on
            detected.repository = native_services.repository
            and detected.environment = native_services.environment
            and detected.service = native_services.service
),

parameters as (
    select max(parameter_value) as window_hours
    from {{ ref('rule_parameters') }}
    where rule_name = 'deployment_told_again' and parameter = 'window_hours'
),

lesser as (
    select * from sources
    where source_rank > 1
),

-- A file or a person telling once more what vendor or job told is no second deployment.
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
            and not better.is_told_by_vendor
            and better.result <> 'unfinished'
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
            'sources.vendor', 'sources.repository', 'sources.evidence_kind',
            'sources.evidence_id', 'sources.environment', 'sources.service'
        ]) }} as deployment_key,
        sources.vendor,
        sources.repository,
        sources.deployment_id,
        sources.evidence_kind,
        sources.evidence_id,
        sources.sha,
        sources.vendor_environment,
        sources.environment,
        coalesce(sources.service, single_services.service) as service,
        -- Deployments of one line follow each other: those of a service, else of the repository.
        coalesce(sources.service, single_services.service, sources.repository)
            as service_line,
        sources.detection_rule,
        sources.vendor_status,
        sources.result,
        sources.environment = 'production' as is_production,
        sources.is_told_by_vendor or told_again.evidence_id is not null as is_superseded,
        sources.environment = 'production'
        and sources.result <> 'unfinished'
        and not sources.is_told_by_vendor
        and told_again.evidence_id is null
            as is_counted,
        sources.created_at,
        case when sources.result <> 'unfinished' then sources.finished_at end as finished_at,
        sources.loaded_at
    from sources
    left join single_services
        on sources.repository = single_services.repository
    left join told_again
        on
            sources.vendor = told_again.vendor
            and sources.evidence_id = told_again.evidence_id
            and sources.evidence_kind = told_again.evidence_kind
)

select * from final
