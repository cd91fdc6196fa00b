with owners as (
    select * from {{ ref('int_path_owners_timed') }}
),

as_of as (
    select * from {{ ref('int_as_of_observed') }}
),

final as (
    select
        {{ surrogate_key(['owners.repository', 'owners.path', 'owners.valid_from']) }}
            as ownership_key,
        {{ surrogate_key(['owners.repository', 'owners.path']) }} as file_key,
        {{ surrogate_key(['owners.repository']) }} as repository_key,
        case when owners.team is not null then {{ surrogate_key(['owners.team']) }} end
            as team_key,
        owners.repository,
        owners.path,
        owners.team,
        owners.ownership_rule,
        {{ shown_handle('owners.owner_handle') }} as owner_handle,
        owners.rule_pattern,
        owners.valid_from <= as_of.as_of and owners.valid_to > as_of.as_of as is_current,
        owners.valid_from,
        owners.valid_to
    from owners
    cross join as_of
)

select * from final
