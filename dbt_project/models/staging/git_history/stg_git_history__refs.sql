with source as (
    select * from {{ source('raw_git_history', 'refs') }}
),

newest_loads as (
    select
        repository,
        max(loaded_at) as loaded_at
    from source
    group by repository
),

ranked as (
    select
        source.*,
        row_number() over (
            partition by source.repository, source.ref_type, source.ref_name
            order by source.sha desc nulls last
        ) as version_rank
    from source
    inner join newest_loads
        on
            source.repository = newest_loads.repository
            and source.loaded_at = newest_loads.loaded_at
),

final as (
    select
        repository,
        ref_name,
        ref_type,
        sha,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
