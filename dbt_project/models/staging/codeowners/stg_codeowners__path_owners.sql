with source as (
    {{ known_repository_rows('raw_codeowners', 'path_owners') }}
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
            partition by source.known_repository, source.path, source.valid_from
            order by source.rule_line desc nulls last
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
        path,
        owners,
        rule_pattern,
        rule_line,
        codeowners_sha,
        cast(valid_from as timestamp) as valid_from,
        cast(valid_to as timestamp) as valid_to,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    -- a load that found no owners at all has one row without a path
    where version_rank = 1 and path is not null
)

select * from final
