with imported as (
    {{ imported_rows('deployments') }}
),

source as (
    select
        *,
        coalesce(vendor, 'import') as known_vendor
    from imported
),

ranked as (
    select
        *,
        row_number() over (
            partition by known_vendor, known_repository, deployment_id
            order by loaded_at desc, row_number desc, import_id desc
        ) as version_rank
    from source
),

final as (
    select
        known_vendor as vendor,
        known_repository as repository,
        deployment_id,
        sha,
        ref,
        environment as vendor_environment,
        service,
        vendor_result as vendor_status,
        result as outcome_word,
        html_url,
        service is not null as is_named_by_hand,
        cast(created_at as timestamp) as created_at,
        cast(created_at as timestamp) as started_at,
        case when result <> 'unfinished' then cast(coalesce(finished_at, created_at) as timestamp)
        end as finished_at,
        cast(coalesce(finished_at, created_at) as timestamp) as updated_at,
        cast(loaded_at as timestamp) as loaded_at
    from ranked
    where version_rank = 1
)

select * from final
