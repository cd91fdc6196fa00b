with issues as (
    select * from {{ ref('stg_github_actions__issues') }}
),

final as (
    select
        'github_actions' as vendor,
        repository,
        cast(issue_number as string) as issue_id,
        labels,
        created_at,
        closed_at,
        loaded_at
    from issues
    where created_at is not null
)

select * from final
