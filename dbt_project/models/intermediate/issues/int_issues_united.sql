{#- A vendor adds its staging model of issues. -#}
with issues as (
    {{ united_rows(
        [
            'vendor', 'repository', 'issue_number', 'labels', 'created_at', 'closed_at',
            'loaded_at',
        ],
        [
            'stg_github_actions__issues',
            'stg_gitlab_ci__issues',
        ]
    ) }}
),

final as (
    select
        vendor,
        repository,
        cast(issue_number as string) as issue_id,
        labels,
        created_at,
        closed_at,
        loaded_at
    from issues
    where created_at is not null and issue_number is not null
)

select * from final
