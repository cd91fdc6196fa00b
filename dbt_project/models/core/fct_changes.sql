with pull_requests as (
    select * from {{ ref('int_changes_united') }}
),

pull_request_commits as (
    select * from {{ ref('int_change_commits_united') }}
),

reviews as (
    select * from {{ ref('int_change_reviews_united') }}
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

first_commits as (
    select
        vendor,
        repository,
        pull_request_number,
        count(*) as commit_count,
        min(committed_at) as first_committed_at
    from pull_request_commits
    group by vendor, repository, pull_request_number
),

first_reviews as (
    select
        reviews.vendor,
        reviews.repository,
        reviews.pull_request_number,
        count(*) as review_count,
        min(reviews.submitted_at) as first_reviewed_at
    from reviews
    inner join pull_requests
        on
            reviews.vendor = pull_requests.vendor
            and reviews.repository = pull_requests.repository
            and reviews.pull_request_number = pull_requests.pull_request_number
            and reviews.reviewer_login <> pull_requests.author_login
    group by reviews.vendor, reviews.repository, reviews.pull_request_number
),

first_deliveries as (
    select
        deliveries.repository,
        deliveries.sha,
        min(deployments.finished_at) as deployed_at
    from deliveries
    inner join deployments
        on deliveries.deployment_key = deployments.deployment_key
    group by deliveries.repository, deliveries.sha
),

final as (
    select
        {{ surrogate_key([
            'pull_requests.vendor', 'pull_requests.repository', 'pull_requests.pull_request_number'
        ]) }} as change_key,
        repositories.repository_key,
        repositories.team_key,
        {{ surrogate_key(['pull_requests.author_login']) }} as author_key,
        pull_requests.vendor,
        pull_requests.repository,
        pull_requests.pull_request_number,
        pull_requests.title,
        pull_requests.state,
        pull_requests.head_ref,
        pull_requests.head_sha,
        pull_requests.base_ref,
        pull_requests.merge_commit_sha,
        pull_requests.labels,
        pull_requests.html_url,
        coalesce(first_commits.commit_count, 0) as commit_count,
        coalesce(first_reviews.review_count, 0) as review_count,
        pull_requests.changed_file_count,
        pull_requests.added_line_count,
        pull_requests.deleted_line_count,
        case
            when pull_requests.created_at >= first_commits.first_committed_at
                then {{ seconds_between(
                    'first_commits.first_committed_at', 'pull_requests.created_at'
                ) }}
        end as coding_seconds,
        case
            when first_reviews.first_reviewed_at >= pull_requests.created_at
                then {{ seconds_between(
                    'pull_requests.created_at', 'first_reviews.first_reviewed_at'
                ) }}
        end as pickup_seconds,
        case
            when pull_requests.merged_at >= first_reviews.first_reviewed_at
                then {{ seconds_between(
                    'first_reviews.first_reviewed_at', 'pull_requests.merged_at'
                ) }}
        end as review_seconds,
        case
            when first_deliveries.deployed_at >= pull_requests.merged_at
                then {{ seconds_between(
                    'pull_requests.merged_at', 'first_deliveries.deployed_at'
                ) }}
        end as deploy_seconds,
        pull_requests.merged_at is not null as is_merged,
        coalesce(pull_requests.is_draft, false) as is_draft,
        coalesce(
            pull_requests.author_type = 'Bot' or pull_requests.author_login like '%[bot]', false
        ) as is_bot,
        coalesce(pull_requests.head_repository <> pull_requests.repository, false) as is_fork,
        {{ business_date('pull_requests.created_at') }} as created_date,
        first_commits.first_committed_at,
        pull_requests.created_at,
        first_reviews.first_reviewed_at,
        pull_requests.merged_at,
        pull_requests.closed_at,
        first_deliveries.deployed_at,
        pull_requests.updated_at,
        pull_requests.loaded_at
    from pull_requests
    inner join repositories
        on pull_requests.repository = repositories.repository
    left join first_commits
        on
            pull_requests.vendor = first_commits.vendor
            and pull_requests.repository = first_commits.repository
            and pull_requests.pull_request_number = first_commits.pull_request_number
    left join first_reviews
        on
            pull_requests.vendor = first_reviews.vendor
            and pull_requests.repository = first_reviews.repository
            and pull_requests.pull_request_number = first_reviews.pull_request_number
    left join first_deliveries
        on
            pull_requests.repository = first_deliveries.repository
            and pull_requests.merge_commit_sha = first_deliveries.sha
)

select * from final
