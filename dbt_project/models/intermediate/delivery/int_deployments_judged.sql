{{ config(materialized='table') }}

with deployments as (
    select
        *,
        deployment_kind in ('rollback', 'hotfix') as is_repair
    from {{ ref('int_deployments_typed') }}
),

linked as (
    select * from {{ ref('int_incidents_linked') }}
    where deployment_key is not null
),

incidents as (
    select
        deployment_key,
        count(*) as incident_count,
        count(*) - count(closed_at) as open_incident_count,
        min(issue_number) as first_issue_number,
        max(closed_at) as closed_at,
        max(case when closed_at is null then opened_at end) as open_since_at
    from linked
    group by deployment_key
),

-- An attempt at a repair that broke off is passed over: what it was for is still to be repaired.
followed as (
    select
        *,
        min(case when result = 'success' and is_repair then line_order end) over (
            partition by repository, service_line
            order by line_order
            rows between 1 following and unbounded following
        ) as next_repair_order,
        case
            when result = 'success' or not is_repair
                then min(case when result = 'success' or not is_repair then line_order end) over (
                    partition by repository, service_line
                    order by line_order
                    rows between 1 following and unbounded following
                )
        end as next_own_order
    from deployments
),

awaiting as (
    select
        followed.deployment_key,
        followed.line_order,
        followed.next_own_order = followed.next_repair_order as is_right_before,
        repairs.deployment_key as repair_key,
        repairs.deployment_kind as repair_kind,
        repairs.finished_at as repaired_at,
        coalesce(repairs.created_at, repairs.finished_at) as repair_begun_at
    from followed
    inner join deployments as repairs
        on
            followed.repository = repairs.repository
            and followed.service_line = repairs.service_line
            and followed.next_repair_order = repairs.line_order
),

-- What has an open incident when the repair begins.
ailing as (
    select awaiting.deployment_key
    from awaiting
    inner join linked
        on
            awaiting.deployment_key = linked.deployment_key
            and awaiting.repair_begun_at >= linked.opened_at
            and coalesce(awaiting.repair_begun_at <= linked.closed_at, true)
    group by awaiting.deployment_key
),

-- A repair is of one deployment: one with an open incident, else the one right before it.
candidates as (
    select
        awaiting.deployment_key,
        awaiting.repair_key,
        awaiting.repair_kind,
        awaiting.line_order,
        case when ailing.deployment_key is null then 1 else 0 end as preference
    from awaiting
    left join ailing
        on awaiting.deployment_key = ailing.deployment_key
    where ailing.deployment_key is not null or awaiting.is_right_before
),

repaired as (
    select
        deployment_key,
        repair_key,
        repair_kind,
        row_number() over (
            partition by repair_key order by preference asc, line_order desc
        ) as candidate_rank
    from candidates
),

named as (
    select
        followed.*,
        later.deployment_key as next_deployment_key,
        repairs.deployment_key as repaired_deployment_key,
        coalesce(incidents.incident_count, 0) as incident_count,
        incidents.first_issue_number,
        incidents.open_incident_count,
        incidents.closed_at as incident_closed_at,
        incidents.open_since_at,
        awaiting.repaired_at as next_repair_at,
        case when incidents.incident_count > 0 then 'incident' else repaired.repair_kind end
            as failed_by
    from followed
    left join incidents
        on followed.deployment_key = incidents.deployment_key
    left join awaiting
        on followed.deployment_key = awaiting.deployment_key
    left join repaired
        on followed.deployment_key = repaired.deployment_key and repaired.candidate_rank = 1
    left join repaired as repairs
        on followed.deployment_key = repairs.repair_key and repairs.candidate_rank = 1
    left join deployments as later
        on
            followed.repository = later.repository
            and followed.service_line = later.service_line
            and followed.next_success_order = later.line_order
),

final as (
    select
        *,
        failed_by is not null as is_failed,
        is_repair as is_rework,
        -- While one is open only a repair after it restores, not before those closed since.
        -- All closed before the deployment finished say nothing of its recovery.
        case
            when open_incident_count = 0
                then case when incident_closed_at >= finished_at then incident_closed_at end
            when open_since_at > next_repair_at then null
            when incident_closed_at > next_repair_at then incident_closed_at
            when failed_by is not null then next_repair_at
        end as recovered_at
    from named
)

select * from final
