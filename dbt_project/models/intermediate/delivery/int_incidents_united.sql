{#- A vendor adds a model with these columns. -#}
{%- set columns = [
    'vendor', 'repository', 'incident_id', 'incident_number', 'title', 'vendor_service',
    'named_deployment_id', 'severity', 'opened_at', 'acknowledged_at', 'closed_at', 'html_url',
    'loaded_at',
] -%}
{%- set models = [
    'int_issue_incidents_found',
    'int_pagerduty_incidents_timed',
    'int_opsgenie_incidents_timed',
    'int_recorded_incidents_listed',
    'stg_imports__incidents',
] -%}
with united as (
    {{ united_rows(columns, models) }}
),

vendor_services as (
    select * from {{ ref('vendor_services') }}
),

services as (
    select * from {{ ref('services') }}
),

single_services as (
    select
        repository,
        min(service) as service
    from services
    group by repository
    having count(*) = 1
),

mapped as (
    {{ services_of_vendors('united') }}
),

named as (
    select
        united.*,
        coalesce(mapped.service, same_names.service, united.vendor_service, single_services.service)
            as service
    from united
    left join mapped
        on united.vendor = mapped.vendor and united.vendor_service = mapped.vendor_service
    left join services as same_names
        on lower(united.vendor_service) = lower(same_names.service)
    left join single_services
        on united.repository = single_services.repository
),

final as (
    select
        named.vendor,
        coalesce(named.repository, services.repository) as repository,
        named.incident_id,
        named.incident_number,
        named.title,
        named.service,
        named.named_deployment_id,
        named.severity,
        named.opened_at,
        named.acknowledged_at,
        named.closed_at,
        named.html_url,
        named.loaded_at
    from named
    left join services
        on named.service = services.service
)

select * from final
