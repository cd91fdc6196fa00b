with source as (
    select * from {{ source('raw_codeowners', 'rules') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by repository, sha, line
            order by loaded_at desc
        ) as version_rank
    from source
),

final as (
    select
        repository,
        sha,
        line,
        pattern,
        owners,
        section,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
