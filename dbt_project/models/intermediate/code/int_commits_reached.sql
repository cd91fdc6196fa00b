{{ config(materialized='table') }}

{#- A commit is contained in the default branch from one position of its first-parent line on.
    Only what lies off the line has to be walked, from each merge back to the line. -#}
with recursive line as (
    select * from {{ ref('int_default_branch_walked') }}
),

parents as (
    select * from {{ ref('int_commit_parents_listed') }}
),

off_line as (
    select
        parents.repository,
        parents.sha,
        parents.parent_sha
    from parents
    left join line
        on
            parents.repository = line.repository
            and parents.parent_sha = line.sha
    where line.sha is null
),

walked as (
    select
        off_line.repository,
        off_line.parent_sha as sha,
        line.line_position
    from line
    inner join off_line
        on
            line.repository = off_line.repository
            and line.sha = off_line.sha
    union
    select
        walked.repository,
        off_line.parent_sha as sha,
        walked.line_position
    from walked
    inner join off_line
        on
            walked.repository = off_line.repository
            and walked.sha = off_line.sha
),

final as (
    select
        repository,
        sha,
        line_position as reached_position,
        true as is_on_line
    from line
    union all
    select
        repository,
        sha,
        min(line_position) as reached_position,
        false as is_on_line
    from walked
    group by repository, sha
)

select * from final
