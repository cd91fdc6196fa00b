{{ config(materialized='table') }}

with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

paths as (
    select * from {{ ref('int_paths_resolved') }}
),

owners as (
    select * from {{ ref('int_path_owners_timed') }}
),

services as (
    select * from {{ ref('int_path_services_found') }}
),

repository_teams as (
    select * from {{ ref('repository_teams') }}
),

moments as (
    select
        repository,
        case when file is not null then 'file' else 'class' end as text_kind,
        coalesce(file, class_name) as path_text,
        owned_at
    from tries
    where coalesce(file, class_name) is not null
    group by
        repository,
        case when file is not null then 'file' else 'class' end,
        coalesce(file, class_name),
        owned_at
),

found as (
    select
        moments.repository,
        moments.text_kind,
        moments.path_text,
        moments.owned_at,
        paths.path,
        coalesce(owners.team, repository_teams.team) as team,
        case
            when owners.team is not null then owners.ownership_rule
            when repository_teams.team is not null then 'repository'
            else 'none'
        end as ownership_rule,
        owners.owner_handle,
        services.service
    from moments
    inner join paths
        on
            moments.repository = paths.repository
            and moments.text_kind = paths.text_kind
            and moments.path_text = paths.path_text
    left join owners
        on
            paths.repository = owners.repository
            and paths.owner_path = owners.path
            and coalesce(moments.owned_at, timestamp '9999-12-30 00:00:00') >= owners.valid_from
            and coalesce(moments.owned_at, timestamp '9999-12-30 00:00:00') < owners.valid_to
    left join services
        on
            paths.repository = services.repository
            and paths.owner_path = services.path
    left join repository_teams
        on moments.repository = repository_teams.repository
),

final as (
    select
        *,
        case when team is not null then {{ surrogate_key(['team']) }} end as team_key,
        case when service is not null then {{ surrogate_key(['service']) }} end as service_key
    from found
)

select * from final
