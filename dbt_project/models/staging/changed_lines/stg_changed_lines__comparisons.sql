with source as (
    {{ known_repository_rows('raw_changed_lines', 'comparisons') }}
),

ranked as (
    select
        *,
        -- A pair that was compared under another name before says nothing here.
        min(case when is_whole then 1 when not is_whole then 0 end) over (
            partition by known_repository, head_sha, base_sha
        ) as whole_rank,
        row_number() over (
            partition by known_repository, head_sha, named_base_sha, named_by
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        known_repository as repository,
        head_sha,
        named_base_sha,
        named_by,
        base_sha,
        coalesce(whole_rank = 1, false) as is_whole,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
