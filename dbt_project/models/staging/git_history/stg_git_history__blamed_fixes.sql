with source as (
    {{ known_repository_rows('raw_git_history', 'blamed_fixes') }}
),

-- A load that got further with a fix says so in a new row.
ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, fix_sha
            order by loaded_at desc, state asc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        fix_sha,
        parent_sha,
        state as blame_state,
        file_count,
        blamed_file_count,
        binary_file_count,
        foreign_file_count,
        large_file_count,
        unreadable_file_count,
        deleted_line_count,
        kept_line_count,
        blamed_line_count,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
