with source as (
    {{ known_repository_rows('raw_changed_lines', 'hunks') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, head_sha, base_sha, path, first_line
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        head_sha,
        base_sha,
        path,
        previous_path,
        change_type,
        first_line,
        line_count,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
