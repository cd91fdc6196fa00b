with teams as (
    select * from {{ ref('teams') }}
),

final as (
    select
        {{ surrogate_key(['team']) }} as team_key,
        team,
        business_unit,
        coalesce(organisation, nullif('{{ var("organisation") }}', '')) as organisation
    from teams
)

select * from final
