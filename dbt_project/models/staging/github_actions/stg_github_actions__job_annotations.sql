with source as (
    {{ github_rows('job_annotations') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, job_id, position
            order by loaded_at desc, payload desc
        ) as version_rank
    from source
),

final as (
    select
        'github_actions' as vendor,
        known_repository as repository,
        cast(job_id as string) as job_id,
        position,
        level,
        title,
        message,
        path,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
