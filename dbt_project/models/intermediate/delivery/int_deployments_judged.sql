{{ config(materialized='table') }}

with deployments as (
    select * from {{ ref('int_deployments_typed') }}
),

incidents as (
    select
        deployment_key,
        count(*) as incident_count,
        count(*) - count(closed_at) as open_incident_count,
        min(issue_number) as first_issue_number,
        max(closed_at) as closed_at
    from {{ ref('int_incidents_linked') }}
    where deployment_key is not null
    group by deployment_key
),

followed as (
    select
        deployments.*,
        coalesce(incidents.incident_count, 0) as incident_count,
        incidents.first_issue_number,
        incidents.open_incident_count,
        incidents.closed_at as incident_closed_at,
        later.deployment_kind as next_kind,
        later.deployment_key as next_deployment_key,
        min(
            case
                when
                    deployments.result = 'success'
                    and deployments.deployment_kind in ('rollback', 'hotfix')
                    then deployments.finished_at
            end
        ) over (
            partition by deployments.repository, deployments.service_line
            order by deployments.line_order
            rows between 1 following and unbounded following
        ) as next_repair_at
    from deployments
    left join incidents
        on deployments.deployment_key = incidents.deployment_key
    left join deployments as later
        on
            deployments.repository = later.repository
            and deployments.service_line = later.service_line
            and deployments.next_success_order = later.line_order
),

named as (
    select
        *,
        case
            when incident_count > 0 then 'incident'
            when next_kind in ('rollback', 'hotfix') then next_kind
        end as failed_by
    from followed
),

final as (
    select
        *,
        failed_by is not null as is_failed,
        deployment_kind in ('rollback', 'hotfix') as is_rework,
        -- While one of its incidents is open only a repair restores, not before those closed since.
        -- All closed before the deployment finished say nothing of its recovery.
        case
            when open_incident_count = 0
                then case when incident_closed_at >= finished_at then incident_closed_at end
            when incident_closed_at > next_repair_at then incident_closed_at
            when failed_by is not null then next_repair_at
        end as recovered_at
    from named
)

select * from final
