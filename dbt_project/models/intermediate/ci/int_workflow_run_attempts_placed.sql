with attempts as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

repositories as (
    select * from {{ ref('int_repositories_united') }}
),

final as (
    select
        attempts.*,
        coalesce(
            attempts.head_branch = repositories.default_branch
            and coalesce(attempts.head_repository, attempts.repository) = attempts.repository
            and coalesce(attempts.event, '') not in (
                'pull_request', 'pull_request_target', 'merge_request_event',
                'external_pull_request_event'
            ),
            false
        ) as is_default_branch,
        {{ business_date('attempts.run_created_at') }} as run_created_date
    from attempts
    left join repositories
        on attempts.repository = repositories.repository
)

select * from final
