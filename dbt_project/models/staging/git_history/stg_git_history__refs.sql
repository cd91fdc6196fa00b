with source as (
    {{ known_repository_rows('raw_git_history', 'refs') }}
),

newest_loads as (
    select
        known_repository,
        max(loaded_at) as loaded_at
    from source
    group by known_repository
),

ranked as (
    select
        source.*,
        row_number() over (
            partition by source.known_repository, source.ref_type, source.ref_name
            order by source.sha desc nulls last
        ) as version_rank
    from source
    inner join newest_loads
        on
            source.known_repository = newest_loads.known_repository
            and source.loaded_at = newest_loads.loaded_at
),

final as (
    select
        known_repository as repository,
        ref_name,
        ref_type,
        sha,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
