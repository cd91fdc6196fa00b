{{ config(materialized='table') }}

with placed as (
    select * from {{ ref('int_handmade_deployments_listed') }}
),

commits as (
    select * from {{ ref('stg_git_history__commits') }}
),

tags as (
    select * from {{ ref('stg_git_history__refs') }}
    where ref_type = 'tag'
),

-- People write the first characters of a commit, pipelines the name of a tag.
short_shas as (
    select
        placed.vendor,
        placed.deployment_id,
        min(commits.sha) as sha
    from placed
    inner join commits
        on
            placed.code_repository = commits.repository
            and commits.sha like placed.sha || '%'
    where length(placed.sha) < 40
    group by placed.vendor, placed.deployment_id
    having count(*) = 1
),

tagged as (
    select
        placed.vendor,
        placed.deployment_id,
        min(tags.sha) as sha
    from placed
    inner join tags
        on
            placed.code_repository = tags.repository
            and tags.ref_name in (placed.version_name, 'v' || placed.version_name)
    where placed.sha is null
    group by placed.vendor, placed.deployment_id
),

final as (
    select
        placed.vendor,
        placed.code_repository as repository,
        placed.deployment_id,
        placed.service,
        coalesce(short_shas.sha, placed.sha, tagged.sha) as sha,
        placed.ref,
        coalesce(placed.environment, 'unknown') as vendor_environment,
        placed.outcome_word as vendor_status,
        placed.outcome_word,
        placed.vendor = 'recorded' as is_named_by_hand,
        placed.created_at,
        placed.created_at as started_at,
        placed.finished_at,
        placed.updated_at,
        placed.loaded_at
    from placed
    left join short_shas
        on
            placed.vendor = short_shas.vendor
            and placed.deployment_id = short_shas.deployment_id
    left join tagged
        on placed.vendor = tagged.vendor and placed.deployment_id = tagged.deployment_id
    where placed.code_repository is not null and placed.finished_at is not null
)

select * from final
