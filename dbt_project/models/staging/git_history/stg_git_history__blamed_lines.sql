with source as (
    {{ known_repository_rows('raw_git_history', 'blamed_lines') }}
),

blamed_fixes as (
    {{ known_repository_rows('raw_git_history', 'blamed_fixes') }}
),

fixes as (
    select
        known_repository,
        fix_sha,
        max(loaded_at) as loaded_at
    from blamed_fixes
    group by known_repository, fix_sha
),

-- A fix is blamed as a whole: what another load said of it counts no more.
ranked as (
    select
        source.*,
        row_number() over (
            partition by source.known_repository, source.fix_sha, source.path, source.origin_sha
            order by source.blamed_line_count desc nulls last
        ) as version_rank
    from source
    inner join fixes
        on
            source.known_repository = fixes.known_repository
            and source.fix_sha = fixes.fix_sha
            and source.loaded_at = fixes.loaded_at
),

final as (
    select
        known_repository as repository,
        fix_sha,
        path,
        origin_sha,
        deleted_line_count,
        kept_line_count,
        blamed_line_count,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
