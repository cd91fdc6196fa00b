{{ config(materialized='table') }}

{#- Walks over the history read the parents once a step: from a table that is cheap. -#}
with parents as (
    select * from {{ ref('stg_git_history__commit_parents') }}
),

commits as (
    select * from {{ ref('stg_git_history__commits') }}
),

lists as (
    select
        listed.repository,
        listed.sha,
        listed.parent_shas,
        '["' || replace(listed.parent_shas, ' ', '","') || '"]' as sha_list
    from {{ ref('stg_imports__commits') }} as listed
    left join commits
        on
            listed.repository = commits.repository
            and listed.sha = commits.sha
    where commits.sha is null and listed.parent_shas is not null
),

imported as (
    select
        repository,
        sha,
        parent_shas,
        {{ json_texts('sha_list') }} as parent_sha
    from lists
),

final as (
    select
        repository,
        sha,
        position,
        parent_sha
    from parents
    union all
    select
        repository,
        sha,
        row_number() over (
            partition by repository, sha order by instr(parent_shas, parent_sha)
        ) - 1 as parent_position,
        parent_sha
    from imported
)

select * from final
