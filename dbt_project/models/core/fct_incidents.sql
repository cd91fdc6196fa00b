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

final as (
    select
        incidents.incident_key,
        deployments.deployment_key,
        repositories.repository_key,
        coalesce(deployments.service_key, services.service_key) as service_key,
        coalesce(deployments.team_key, services.team_key, repositories.team_key) as team_key,
        incidents.repository,
        incidents.issue_number,
        incidents.title,
        incidents.html_url,
        incidents.link_rule,
        case
            when incidents.link_rule = 'named' then 1.0e0
            when incidents.link_rule = 'same_service' then 0.7e0
            when incidents.link_rule = 'same_repository' then 0.4e0
        end as link_confidence,
        case
            when incidents.closed_at >= incidents.opened_at
                then {{ seconds_between('incidents.opened_at', 'incidents.closed_at') }}
        end as open_seconds,
        {{ business_date('incidents.opened_at') }} as opened_date,
        incidents.opened_at,
        incidents.closed_at,
        incidents.loaded_at
    from incidents
    inner join repositories
        on incidents.repository = repositories.repository
    left join deployments
        on incidents.deployment_key = deployments.deployment_key
    left join services
        on incidents.service = services.service
)

select * from final
