with recorded as (
    select * from {{ ref('stg_recorded__deployments') }}
),

versions as (
    select * from {{ ref('stg_deployed_versions__versions') }}
),

vendor_services as (
    select * from {{ ref('vendor_services') }}
),

services as (
    select * from {{ ref('services') }}
),

listed as (
    select
        vendor,
        deployment_id,
        repository,
        cast(null as string) as state_repository,
        service as vendor_service,
        environment,
        sha,
        ref,
        cast(null as string) as version_name,
        result as outcome_word,
        coalesce(started_at, finished_at) as created_at,
        finished_at,
        recorded_at as updated_at,
        loaded_at
    from recorded
    union all
    select
        vendor,
        version_id as deployment_id,
        case when repository like '%/%' then repository end as repository,
        state_repository,
        service as vendor_service,
        environment,
        sha,
        version,
        version as version_name,
        'success' as outcome_word,
        coalesce(deployed_at, committed_at) as created_at,
        coalesce(deployed_at, committed_at) as finished_at,
        committed_at as updated_at,
        loaded_at
    from versions
),

mapped as (
    {{ services_of_vendors('listed') }}
),

-- A version without a repository is one of its service, else of where its file is kept.
final as (
    select
        listed.*,
        coalesce(services.service, mapped.service, listed.vendor_service) as service,
        coalesce(
            listed.repository,
            services.repository,
            listed.state_repository,
            listed.vendor_service
        ) as code_repository
    from listed
    left join mapped
        on listed.vendor = mapped.vendor and listed.vendor_service = mapped.vendor_service
    left join services
        on lower(coalesce(mapped.service, listed.vendor_service)) = lower(services.service)
)

select * from final
