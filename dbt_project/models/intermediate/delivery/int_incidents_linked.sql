{{ config(materialized='table') }}

with issues as (
    select * from {{ ref('stg_github_actions__issues') }}
),

deployments as (
    select * from {{ ref('int_deployments_typed') }}
),

services as (
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
    where rule_name = 'incident_link' and parameter = 'window_hours'
),

incidents as (
    select
        issues.*,
        {{ regex_group('issues.body', 'Deployment: *#?([0-9]+)', 1) }} as named_deployment_id,
        coalesce(
            trim({{ regex_group('issues.body', 'Service: *([^\n\r]+)', 1) }}),
            {{ regex_group('lower(issues.labels)', '"service:([^"]+)"', 1) }},
            services.service
        ) as service
    from issues
    left join services
        on issues.repository = services.repository
    where lower(issues.labels) like '%"incident"%'
),

candidates as (
    select
        incidents.repository,
        incidents.issue_number,
        deployments.deployment_key,
        case
            when incidents.named_deployment_id = deployments.deployment_id then 'named'
            when incidents.service = deployments.service then 'same_service'
            else 'same_repository'
        end as link_rule,
        row_number() over (
            partition by incidents.repository, incidents.issue_number
            order by
                case
                    when incidents.named_deployment_id = deployments.deployment_id then 0
                    when incidents.service = deployments.service then 1
                    else 2
                end,
                deployments.finished_at desc,
                deployments.deployment_key desc
        ) as candidate_rank
    from incidents
    cross join parameters
    inner join deployments
        on incidents.repository = deployments.repository
    where
        incidents.named_deployment_id = deployments.deployment_id
        or (
            incidents.named_deployment_id is null
            and deployments.finished_at <= incidents.created_at
            and {{ seconds_between('deployments.finished_at', 'incidents.created_at') }}
            <= 3600 * parameters.window_hours
        )
),

final as (
    select
        {{ surrogate_key(["'github_actions'", 'incidents.repository', 'incidents.issue_number']) }}
            as incident_key,
        incidents.repository,
        incidents.issue_number,
        incidents.service,
        incidents.title,
        incidents.html_url,
        candidates.deployment_key,
        coalesce(candidates.link_rule, 'none') as link_rule,
        incidents.created_at as opened_at,
        incidents.closed_at,
        incidents.loaded_at
    from incidents
    left join candidates
        on
            incidents.repository = candidates.repository
            and incidents.issue_number = candidates.issue_number
            and candidates.candidate_rank = 1
)

select * from final
