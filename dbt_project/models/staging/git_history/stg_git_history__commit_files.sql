with source as (
    {{ known_repository_rows('raw_git_history', 'commit_files') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_repository, sha, path
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        sha,
        path,
        previous_path,
        change_type,
        added_lines as added_line_count,
        deleted_lines as deleted_line_count,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
