{{ config(materialized='table') }}

with recursive deployments as (
    select * from {{ ref('int_deployments_ordered') }}
    where is_counted
),

reached as (
    select * from {{ ref('int_commits_reached') }}
),

parents as (
    select * from {{ ref('int_commit_parents_listed') }}
),

-- Commits of deployed shas that lie beside the line.
beside as (
    select
        repository,
        sha as deployed_sha,
        sha
    from deployments
    where not is_on_line
    union
    select
        beside.repository,
        beside.deployed_sha,
        parents.parent_sha as sha
    from beside
    inner join parents
        on
            beside.repository = parents.repository
            and beside.sha = parents.sha
    left join reached
        on
            parents.repository = reached.repository
            and parents.parent_sha = reached.sha
            and reached.is_on_line
    where reached.sha is null
),

pairs as (
    select
        deployments.deployment_key,
        deployments.repository,
        deployments.sha,
        deployments.base_position,
        previous.sha as previous_sha,
        previous.base_position as previous_position
    from deployments
    inner join deployments as previous
        on
            deployments.repository = previous.repository
            and deployments.service_line = previous.service_line
            and deployments.previous_success_order = previous.line_order
),

ranges as (
    select
        pairs.deployment_key,
        pairs.repository,
        pairs.previous_sha,
        reached.sha
    from pairs
    inner join reached
        on
            pairs.repository = reached.repository
            and pairs.previous_position < reached.reached_position
            and pairs.base_position >= reached.reached_position
    union
    select
        pairs.deployment_key,
        pairs.repository,
        pairs.previous_sha,
        beside.sha
    from pairs
    inner join beside
        on
            pairs.repository = beside.repository
            and pairs.sha = beside.deployed_sha
    left join reached
        on
            beside.repository = reached.repository
            and beside.sha = reached.sha
    where coalesce(reached.reached_position > pairs.previous_position, true)
),

final as (
    select
        ranges.deployment_key,
        ranges.repository,
        ranges.sha
    from ranges
    left join beside
        on
            ranges.repository = beside.repository
            and ranges.previous_sha = beside.deployed_sha
            and ranges.sha = beside.sha
    where beside.sha is null
)

select * from final
