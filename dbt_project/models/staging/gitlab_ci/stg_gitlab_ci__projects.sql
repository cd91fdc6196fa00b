with source as (
    select * from {{ source('raw_gitlab_ci', 'projects') }}
),

ranked as (
    select
        *,
        max(visibility) over (partition by server, project_id) as known_visibility,
        max(is_fork) over (partition by server, project_id) as known_is_fork,
        max(is_archived) over (partition by server, project_id) as known_is_archived,
        min(created_at) over (partition by server, project_id) as known_created_at,
        row_number() over (
            partition by server, project_id
            order by loaded_at desc, updated_at desc nulls last, payload desc
        ) as version_rank,
        row_number() over (
            partition by repository
            order by loaded_at desc, updated_at desc nulls last, project_id desc, payload desc
        ) as name_rank
    from source
),

final as (
    select
        'gitlab_ci' as vendor,
        server,
        project_id as repository_id,
        repository,
        default_branch,
        namespace as owner_login,
        html_url,
        known_visibility <> 'public' as is_private,
        known_is_fork as is_fork,
        known_is_archived as is_archived,
        cast(known_created_at as timestamp) as created_at,
        cast(updated_at as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1 and name_rank = 1
)

select * from final
