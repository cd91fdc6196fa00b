{{ config(materialized='view') }}

with changes as (
    select * from {{ ref('fct_changes') }}
),

deployments as (
    select * from {{ ref('fct_deployments') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

-- Where the first successful deployments of the repository's services stood: no range before them.
firsts as (
    select
        repository,
        max(default_branch_position) as first_position
    from deployments
    where is_counted and result = 'success' and previous_deployment_key is null
    group by repository
),

judged as (
    select
        changes.*,
        deployments.service,
        deployments.evidence_kind,
        deployments.evidence_id,
        case
            when not changes.is_merged then 'not_merged'
            when changes.deployment_key is not null then 'counted'
            when changes.merge_commit_sha is null or commits.sha is null then 'merge_not_in_history'
            when firsts.repository is null then 'repository_never_deployed'
            when commits.default_branch_position <= firsts.first_position then 'before_first_range'
            else 'not_deployed_yet'
        end as count_rule
    from changes
    left join deployments
        on changes.deployment_key = deployments.deployment_key
    left join commits
        on
            changes.repository = commits.repository
            and changes.merge_commit_sha = commits.sha
    left join firsts
        on changes.repository = firsts.repository
),

final as (
    select
        judged.change_key as subject_key,
        'pull_request' as subject_kind,
        judged.repository_key,
        judged.deployment_key,
        judged.repository,
        judged.service,
        repositories.team,
        coalesce(judged.merge_commit_sha, judged.head_sha) as sha,
        'merge_commit_ancestry' as detection_rule,
        judged.count_rule,
        '#' || cast(judged.pull_request_number as string)
        || case judged.count_rule
            when 'counted'
                then
                    ' first contained in ' || judged.evidence_kind || ' ' || judged.evidence_id
                    || coalesce(', first commit ' || judged.first_commit_sha, '')
                    || coalesce(', first review ' || judged.first_review_id, '')
            when 'not_merged' then ' is not merged, the vendor says ' || judged.state
            when 'merge_not_in_history' then ' became a commit that the history does not hold'
            when 'repository_never_deployed' then ' is of code that no deployment brought'
            when 'before_first_range' then ' came with a first deployment, which has no range'
            else ' is in no successful production deployment'
        end as evidence,
        cast(null as double) as change_lead_time_seconds,
        judged.cycle_seconds,
        judged.count_rule = 'counted' as is_counted,
        false as is_failed,
        false as is_rework,
        judged.deployed_at as finished_at
    from judged
    inner join {{ ref('dim_repositories') }} as repositories
        on judged.repository_key = repositories.repository_key
)

select * from final
