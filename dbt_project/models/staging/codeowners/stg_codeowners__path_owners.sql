with source as (
    select * from {{ source('raw_codeowners', 'path_owners') }}
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
            partition by source.repository, source.path, source.valid_from
            order by source.rule_line desc nulls last
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
        path,
        owners,
        rule_pattern,
        rule_line,
        codeowners_sha,
        cast(valid_from as timestamp) as valid_from,
        cast(valid_to as timestamp) as valid_to,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
