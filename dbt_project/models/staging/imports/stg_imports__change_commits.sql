with source as (
    {{ imported_rows('change_commits') }}
),

ranked as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor,
        row_number() over (
            partition by coalesce(vendor, 'import'), known_repository, change_number, sha
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from source
),

final as (
    select
        known_vendor as vendor,
        known_repository as repository,
        change_number as pull_request_number,
        sha,
        author_login,
        cast(coalesce(authored_at, committed_at) as timestamp) as authored_at,
        cast(coalesce(committed_at, authored_at) as timestamp) as committed_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
