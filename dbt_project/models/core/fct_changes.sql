with pull_requests as (
    select * from {{ ref('int_changes_united') }}
),

stages as (
    select * from {{ ref('int_change_stages_found') }}
),

comparisons as (
    select * from {{ ref('int_changes_compared') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

deliveries as (
    select * from {{ ref('bridge_deployments_commits') }}
    where is_first_delivery
),

deployments as (
    select * from {{ ref('fct_deployments') }}
),

-- One change may reach several services; the first of them counts.
first_deliveries as (
    select
        deliveries.repository,
        deliveries.sha,
        deliveries.deployment_key,
        deployments.finished_at as deployed_at,
        row_number() over (
            partition by deliveries.repository, deliveries.sha
            order by deployments.finished_at, deliveries.deployment_key
        ) as delivery_order
    from deliveries
    inner join deployments
        on deliveries.deployment_key = deployments.deployment_key
),

placed as (
    select
        {{ surrogate_key([
            'pull_requests.vendor', 'pull_requests.repository', 'pull_requests.pull_request_number'
        ]) }} as change_key,
        repositories.repository_key,
        repositories.team_key,
        {{ author_key(account_identity('pull_requests.vendor', 'pull_requests.author_login')) }}
            as author_key,
        first_deliveries.deployment_key,
        pull_requests.vendor,
        pull_requests.repository,
        pull_requests.pull_request_number,
        pull_requests.title,
        pull_requests.state,
        pull_requests.head_ref,
        pull_requests.head_sha,
        pull_requests.base_ref,
        comparisons.base_sha as merge_base_sha,
        pull_requests.merge_commit_sha,
        stages.first_commit_sha,
        stages.first_review_id,
        pull_requests.labels,
        pull_requests.html_url,
        stages.commit_count,
        stages.review_count,
        pull_requests.changed_file_count,
        pull_requests.added_line_count,
        pull_requests.deleted_line_count,
        {{ span_seconds('stages.first_committed_at', 'pull_requests.created_at') }}
            as coding_seconds,
        {{ span_seconds('pull_requests.created_at', 'stages.first_reviewed_at') }}
            as pickup_seconds,
        {{ span_seconds('stages.first_reviewed_at', 'pull_requests.merged_at') }} as review_seconds,
        {{ span_seconds('pull_requests.created_at', 'pull_requests.merged_at') }} as merge_seconds,
        {{ span_seconds('pull_requests.merged_at', 'first_deliveries.deployed_at') }}
            as deploy_seconds,
        pull_requests.merged_at is not null as is_merged,
        coalesce(pull_requests.is_draft, false) as is_draft,
        coalesce(
            pull_requests.author_type = 'Bot' or pull_requests.author_login like '%[bot]', false
        ) as is_bot,
        coalesce(pull_requests.head_repository <> pull_requests.repository, false) as is_fork,
        {{ business_date('pull_requests.created_at') }} as created_date,
        {{ business_date('pull_requests.merged_at') }} as merged_date,
        stages.first_committed_at,
        pull_requests.created_at,
        stages.first_reviewed_at,
        pull_requests.merged_at,
        pull_requests.closed_at,
        first_deliveries.deployed_at,
        pull_requests.updated_at,
        pull_requests.loaded_at
    from pull_requests
    inner join repositories
        on pull_requests.repository = repositories.repository
    left join stages
        on
            pull_requests.vendor = stages.vendor
            and pull_requests.repository = stages.repository
            and pull_requests.pull_request_number = stages.pull_request_number
    left join comparisons
        on
            {{ surrogate_key([
                'pull_requests.vendor', 'pull_requests.repository',
                'pull_requests.pull_request_number'
            ]) }} = comparisons.change_key
    left join first_deliveries
        on
            pull_requests.repository = first_deliveries.repository
            and pull_requests.merge_commit_sha = first_deliveries.sha
            and first_deliveries.delivery_order = 1
),

final as (
    select
        *,
        case
            when is_merged
                then coalesce(coding_seconds, 0) + merge_seconds + coalesce(deploy_seconds, 0)
        end as cycle_seconds
    from placed
)

select * from final
