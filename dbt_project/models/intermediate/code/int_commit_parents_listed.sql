{{ config(materialized='table') }}

{#- Walks over the history read the parents once a step: from a table that is cheap. -#}
with parents as (
    select * from {{ ref('stg_git_history__commit_parents') }}
),

final as (
    select
        repository,
        sha,
        position,
        parent_sha
    from parents
)

select * from final
