with issues as (
    select * from {{ ref('stg_gitlab_ci__issues') }}
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
