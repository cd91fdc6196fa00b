with known as (
    select
        repository,
        path
    from {{ ref('int_repository_paths_known') }}
),

resolved as (
    select
        repository,
        owner_path as path
    from {{ ref('int_paths_resolved') }}
    where owner_path is not null
),

team_paths as (
    select * from {{ ref('team_paths') }}
    where path_prefix is not null and owner is null
),

services as (
    select * from {{ ref('services') }}
),

repository_teams as (
    select * from {{ ref('repository_teams') }}
),

paths as (
    select
        repository,
        path
    from known
    union
    select
        repository,
        path
    from resolved
),

candidates as (
    select
        paths.repository,
        paths.path,
        team_paths.team,
        'team_path' as ownership_rule,
        1 as rule_rank,
        length(team_paths.path_prefix) as prefix_length
    from paths
    inner join team_paths
        on
            paths.repository = coalesce(team_paths.repository, paths.repository)
            and left(paths.path, length(team_paths.path_prefix)) = team_paths.path_prefix
    union all
    select
        paths.repository,
        paths.path,
        services.team,
        'service_path' as ownership_rule,
        2 as rule_rank,
        length(services.path_prefix) as prefix_length
    from paths
    inner join services
        on
            paths.repository = services.repository
            and services.path_prefix is not null
            and left(paths.path, length(services.path_prefix)) = services.path_prefix
    where services.team is not null
    union all
    select
        paths.repository,
        paths.path,
        repository_teams.team,
        'repository' as ownership_rule,
        3 as rule_rank,
        0 as prefix_length
    from paths
    inner join repository_teams
        on paths.repository = repository_teams.repository
),

ranked as (
    select
        *,
        row_number() over (
            partition by repository, path
            order by rule_rank asc, prefix_length desc, team asc
        ) as candidate_rank
    from candidates
),

final as (
    select
        paths.repository,
        paths.path,
        ranked.team,
        coalesce(ranked.ownership_rule, 'none') as ownership_rule
    from paths
    left join ranked
        on
            paths.repository = ranked.repository
            and paths.path = ranked.path
            and ranked.candidate_rank = 1
)

select * from final
