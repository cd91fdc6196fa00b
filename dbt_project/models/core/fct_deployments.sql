with deployments as (
    select * from {{ ref('int_deployments_unified') }}
),

ordered as (
    select * from {{ ref('int_deployments_ordered') }}
),

-- The successful deployment before it in the same environment.
previous_ones as (
    select
        ordered.deployment_key,
        previous.deployment_key as previous_deployment_key,
        previous.sha as previous_sha
    from ordered
    inner join ordered as previous
        on
            ordered.repository = previous.repository
            and ordered.service_line = previous.service_line
            and ordered.environment = previous.environment
            and ordered.previous_success_order = previous.line_order
),

judged as (
    select * from {{ ref('int_deployments_judged') }}
),

services as (
    select * from {{ ref('dim_services') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

final as (
    select
        deployments.deployment_key,
        repositories.repository_key,
        services.service_key,
        coalesce(services.team_key, repositories.team_key) as team_key,
        previous_ones.previous_deployment_key,
        judged.next_deployment_key,
        judged.repaired_deployment_key,
        deployments.vendor,
        deployments.repository,
        deployments.service_line as service,
        coalesce(services.team, repositories.team) as team,
        deployments.deployment_id,
        deployments.evidence_kind,
        deployments.evidence_id,
        deployments.vendor_environment,
        deployments.environment,
        deployments.detection_rule,
        deployments.sha,
        previous_ones.previous_sha,
        deployments.vendor_status,
        deployments.result,
        coalesce(judged.deployment_kind, 'none') as deployment_kind,
        judged.urgent_sha,
        judged.failed_by,
        judged.first_issue_number as incident_number,
        judged.incident_count,
        judged.commit_count,
        cast(judged.base_position as bigint) as default_branch_position,
        case
            when judged.is_failed and judged.recovered_at is not null
                then {{ seconds_between('judged.finished_at', 'judged.recovered_at') }}
        end as recovery_seconds,
        deployments.is_production,
        deployments.is_superseded,
        deployments.is_counted,
        coalesce(judged.is_failed, false) as is_failed,
        coalesce(judged.is_rework, false) as is_rework,
        {{ business_date('deployments.finished_at') }} as finished_date,
        deployments.created_at,
        deployments.started_at,
        deployments.finished_at,
        judged.recovered_at,
        deployments.loaded_at
    from deployments
    inner join repositories
        on deployments.repository = repositories.repository
    left join services
        on deployments.service = services.service
    left join previous_ones
        on deployments.deployment_key = previous_ones.deployment_key
    left join judged
        on deployments.deployment_key = judged.deployment_key
)

select * from final
