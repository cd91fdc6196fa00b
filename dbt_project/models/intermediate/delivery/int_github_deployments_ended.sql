with deployments as (
    select * from {{ ref('stg_github_actions__deployments') }}
),

statuses as (
    select * from {{ ref('stg_github_actions__deployment_statuses') }}
),

terminal as (
    select
        repository,
        deployment_id,
        state,
        created_at,
        row_number() over (
            partition by repository, deployment_id order by created_at, status_id
        ) as status_rank
    from statuses
    where state in ('success', 'failure', 'error')
),

newest as (
    select
        repository,
        deployment_id,
        state,
        max(updated_at) over (partition by repository, deployment_id) as updated_at,
        row_number() over (
            partition by repository, deployment_id order by created_at desc, status_id desc
        ) as status_rank
    from statuses
),

final as (
    select
        deployments.vendor,
        deployments.repository,
        deployments.deployment_id,
        deployments.sha,
        deployments.ref,
        deployments.environment as vendor_environment,
        newest.state as vendor_status,
        terminal.state as outcome_word,
        false as is_named_by_hand,
        deployments.created_at,
        -- The vendor makes a deployment when its job begins.
        deployments.created_at as started_at,
        terminal.created_at as finished_at,
        newest.updated_at,
        deployments.loaded_at
    from deployments
    left join terminal
        on
            deployments.repository = terminal.repository
            and deployments.deployment_id = terminal.deployment_id
            and terminal.status_rank = 1
    left join newest
        on
            deployments.repository = newest.repository
            and deployments.deployment_id = newest.deployment_id
            and newest.status_rank = 1
)

select * from final
