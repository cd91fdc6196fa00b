with incidents as (
    select * from {{ ref('int_incidents_linked') }}
),

deployments as (
    select * from {{ ref('fct_deployments') }}
),

services as (
    select * from {{ ref('dim_services') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

links as (
    select * from {{ ref('rule_parameters') }}
    where rule_name = 'incident_link' and unit = 'confidence'
),

-- An incident that names no repository is one of the deployment that caused it.
placed as (
    select
        incidents.*,
        deployments.service_key as deployment_service_key,
        deployments.team_key as deployment_team_key,
        -- A key and a name of two services would not go together.
        case
            when deployments.service_key is not null then deployments.service
            else incidents.service
        end as known_service,
        coalesce(incidents.repository, deployments.repository) as known_repository
    from incidents
    left join deployments
        on incidents.deployment_key = deployments.deployment_key
),

final as (
    select
        placed.incident_key,
        placed.deployment_key,
        repositories.repository_key,
        coalesce(placed.deployment_service_key, services.service_key) as service_key,
        coalesce(placed.deployment_team_key, services.team_key, repositories.team_key) as team_key,
        placed.vendor,
        placed.known_repository as repository,
        placed.known_service as service,
        placed.incident_id,
        placed.issue_number,
        placed.title,
        placed.severity,
        placed.html_url,
        placed.link_rule,
        links.parameter_value as link_confidence,
        {{ span_seconds('placed.opened_at', 'placed.acknowledged_at') }} as acknowledge_seconds,
        {{ span_seconds('placed.opened_at', 'placed.closed_at') }} as open_seconds,
        {{ business_date('placed.opened_at') }} as opened_date,
        placed.opened_at,
        placed.acknowledged_at,
        placed.closed_at,
        placed.loaded_at
    from placed
    left join links
        on placed.link_rule = links.parameter
    left join repositories
        on placed.known_repository = repositories.repository
    left join services
        on placed.known_service = services.service
)

select * from final
