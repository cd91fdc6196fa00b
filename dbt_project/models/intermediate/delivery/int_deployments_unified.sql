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

parameters as (
    select max(parameter_value) as window_hours
    from {{ ref('rule_parameters') }}
    where rule_name = 'deployment_told_again' and parameter = 'window_hours'
),

-- Since when the vendor tells of the service, or of deployments whose service it does not name.
timed as (
    select
        *,
        case when source_rank = 0 then coalesce(created_at, finished_at) end as told_at,
        count(case when source_rank = 0 and service is null then 1 end)
            over (partition by repository, environment) as unnamed_count
    from detected
),

since as (
    select
        *,
        case
            when service is not null and unnamed_count = 0
                then min(told_at) over (partition by repository, environment, service)
            else min(told_at) over (partition by repository, environment)
        end as told_since_at
    from timed
),

-- From then on its jobs tell nothing new; what they did before is known by them alone.
sources as (
    select
        since.*,
        since.source_rank = 1
        and since.told_since_at is not null
        and coalesce(
            {{ seconds_between(
                'coalesce(since.finished_at, since.created_at)', 'since.told_since_at'
            ) }} <= 3600 * parameters.window_hours,
            true
        ) as is_told_by_vendor
    from since
    cross join parameters
),

-- A file or a person telling once more what vendor or job told is no second deployment.
told_again as (
    select
        lesser.vendor,
        lesser.evidence_kind,
        lesser.evidence_id
    from sources as lesser
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
        lesser.source_rank > 1
        and abs({{ seconds_between('better.finished_at', 'lesser.finished_at') }})
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
        sources.started_at,
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
