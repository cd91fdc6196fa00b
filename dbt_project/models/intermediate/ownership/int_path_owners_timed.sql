{{ config(materialized='table') }}

{#- Every path with its owner at every time: CODEOWNERS where it names a team we know, else the
    seeds. Intervals of a path neither overlap nor leave gaps. -#}
with codeowners as (
    select * from {{ ref('int_path_codeowners_mapped') }}
),

fallbacks as (
    select * from {{ ref('int_path_teams_fallen_back') }}
),

bounded as (
    select
        *,
        coalesce(valid_to, timestamp '9999-12-31 00:00:00') as ends_at,
        lag(valid_to) over (partition by repository, path order by valid_from) as earlier_end,
        row_number() over (partition by repository, path order by valid_from desc) as from_last
    from codeowners
),

gaps as (
    select
        repository,
        path,
        coalesce(earlier_end, timestamp '0001-01-01 00:00:00') as valid_from,
        valid_from as valid_to
    from bounded
    where valid_from > coalesce(earlier_end, timestamp '0001-01-01 00:00:00')
    union all
    select
        repository,
        path,
        ends_at as valid_from,
        timestamp '9999-12-31 00:00:00' as valid_to
    from bounded
    where from_last = 1 and valid_to is not null
    union all
    select
        fallbacks.repository,
        fallbacks.path,
        timestamp '0001-01-01 00:00:00' as valid_from,
        timestamp '9999-12-31 00:00:00' as valid_to
    from fallbacks
    left join bounded
        on
            fallbacks.repository = bounded.repository
            and fallbacks.path = bounded.path
    where bounded.path is null
),

final as (
    select
        repository,
        path,
        team,
        'codeowners' as ownership_rule,
        owner_handle,
        rule_pattern,
        valid_from,
        ends_at as valid_to
    from bounded
    union all
    select
        gaps.repository,
        gaps.path,
        fallbacks.team,
        coalesce(fallbacks.ownership_rule, 'none') as ownership_rule,
        cast(null as string) as owner_handle,
        cast(null as string) as rule_pattern,
        gaps.valid_from,
        gaps.valid_to
    from gaps
    left join fallbacks
        on
            gaps.repository = fallbacks.repository
            and gaps.path = fallbacks.path
)

select * from final
