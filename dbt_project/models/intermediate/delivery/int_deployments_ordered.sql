{{ config(materialized='table') }}

with recursive finished as (
    select * from {{ ref('int_deployments_unified') }}
    where result <> 'unfinished' and not is_superseded
),

reached as (
    select * from {{ ref('int_commits_reached') }}
),

parents as (
    select * from {{ ref('int_commit_parents_listed') }}
),

-- From a deployed commit beside the default branch back to its line.
walked as (
    select
        finished.repository,
        finished.sha as deployed_sha,
        finished.sha
    from finished
    left join reached
        on
            finished.repository = reached.repository
            and finished.sha = reached.sha
            and reached.is_on_line
    where reached.sha is null
    union
    select
        walked.repository,
        walked.deployed_sha,
        parents.parent_sha as sha
    from walked
    inner join parents
        on
            walked.repository = parents.repository
            and walked.sha = parents.sha
    left join reached
        on
            walked.repository = reached.repository
            and walked.sha = reached.sha
            and reached.is_on_line
    where reached.sha is null
),

bases as (
    select
        walked.repository,
        walked.deployed_sha,
        max(reached.reached_position) as base_position
    from walked
    inner join reached
        on
            walked.repository = reached.repository
            and walked.sha = reached.sha
            and reached.is_on_line
    group by walked.repository, walked.deployed_sha
),

placed as (
    select
        finished.*,
        coalesce(
            case when reached.is_on_line then reached.reached_position end,
            bases.base_position
        ) as base_position,
        coalesce(reached.is_on_line, false) as is_on_line,
        row_number() over (
            partition by finished.repository, finished.service_line, finished.environment
            order by finished.finished_at, finished.created_at, finished.deployment_key
        ) as line_order
    from finished
    left join reached
        on
            finished.repository = reached.repository
            and finished.sha = reached.sha
    left join bases
        on
            finished.repository = bases.repository
            and finished.sha = bases.deployed_sha
),

final as (
    select
        *,
        max(case when result = 'success' then line_order end) over (
            partition by repository, service_line, environment
            order by line_order
            rows between unbounded preceding and 1 preceding
        ) as previous_success_order,
        min(case when result = 'success' then line_order end) over (
            partition by repository, service_line, environment
            order by line_order
            rows between 1 following and unbounded following
        ) as next_success_order,
        min(line_order) over (
            partition by repository, service_line, environment, sha
        ) as first_order_of_sha
    from placed
)

select * from final
