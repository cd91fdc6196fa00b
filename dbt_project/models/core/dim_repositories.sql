with repositories as (
    select * from {{ ref('int_repositories_united') }}
),

repository_teams as (
    select * from {{ ref('repository_teams') }}
),

teams as (
    select * from {{ ref('dim_teams') }}
),

-- Where all teams are of one whole, a repository without a team is of it, too.
whole as (
    select
        case
            when min(organisation) = max(organisation) then max(organisation)
        end as whole_name
    from teams
),

final as (
    select
        repositories.repository_key,
        teams.team_key,
        repositories.vendor,
        repositories.repository,
        repositories.repository_id,
        repositories.default_branch,
        repositories.owner_login,
        teams.team,
        teams.business_unit,
        coalesce(
            teams.organisation, whole.whole_name, nullif('{{ var("organisation") }}', '')
        ) as organisation,
        repositories.html_url,
        repositories.is_private,
        repositories.is_fork,
        repositories.is_archived,
        cast({{ var('is_simulated') }} as boolean) as is_simulated,
        repositories.created_at,
        repositories.loaded_at
    from repositories
    cross join whole
    left join repository_teams
        on repositories.repository = repository_teams.repository
    left join teams
        on repository_teams.team = teams.team
)

select * from final
