with source as (
    {{ known_repository_rows('raw_codeowners', 'files') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, path, sha
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        path,
        sha,
        dialect,
        cast(committed_at as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
