with incidents as (
    select * from {{ ref('fct_incidents') }}
    where deployment_key is not null
),

deployments as (
    select * from {{ ref('fct_deployments') }}
),

final as (
    select
        incidents.incident_key,
        incidents.deployment_key,
        deployments.repository,
        deployments.service,
        incidents.link_rule,
        incidents.link_confidence,
        {{ span_seconds('deployments.finished_at', 'incidents.opened_at') }}
            as seconds_after_deployment
    from incidents
    inner join deployments
        on incidents.deployment_key = deployments.deployment_key
)

select * from final
