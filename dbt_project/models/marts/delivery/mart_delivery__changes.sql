with deliveries as (
    select * from {{ ref('bridge_deployments_commits') }}
    where is_first_delivery
),

deployments as (
    select * from {{ ref('fct_deployments') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

final as (
    select
        {{ surrogate_key(['deliveries.repository', 'deliveries.service', 'deliveries.sha']) }}
            as delivered_change_key,
        deliveries.deployment_key,
        deliveries.commit_key,
        deployments.repository_key,
        deployments.service_key,
        deployments.team_key,
        commits.author_key,
        deliveries.repository,
        deliveries.service,
        deployments.team,
        deliveries.sha,
        commits.pull_request_number,
        deliveries.change_lead_time_seconds,
        commits.is_merge,
        commits.is_bot,
        deployments.finished_date,
        commits.committed_at,
        deployments.finished_at as deployed_at
    from deliveries
    inner join deployments
        on deliveries.deployment_key = deployments.deployment_key
    inner join commits
        on deliveries.commit_key = commits.commit_key
)

select * from final
