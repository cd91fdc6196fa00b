with paths as (
    select
        repository,
        owner_path as path
    from {{ ref('int_paths_resolved') }}
    where owner_path is not null
    union
    select
        repository,
        path
    from {{ ref('int_repository_paths_known') }}
),

services as (
    select * from {{ ref('services') }}
),

ranked as (
    select
        paths.repository,
        paths.path,
        services.service,
        row_number() over (
            partition by paths.repository, paths.path
            order by length(coalesce(services.path_prefix, '')) desc, services.service
        ) as service_rank
    from paths
    inner join services
        on
            paths.repository = services.repository
            and left(paths.path, length(coalesce(services.path_prefix, '')))
            = coalesce(services.path_prefix, '')
),

final as (
    select
        repository,
        path,
        service
    from ranked
    where service_rank = 1
)

select * from final
