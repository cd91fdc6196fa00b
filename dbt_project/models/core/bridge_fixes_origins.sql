with commits as (
    select * from {{ ref('fct_commits') }}
    where is_on_default_branch and not is_merge
),

deployments as (
    select * from {{ ref('fct_deployments') }}
    where is_counted
),

ranges as (
    select * from {{ ref('bridge_deployments_commits') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

mentions as (
    select * from {{ ref('int_fix_references_found') }}
),

named as (
    select * from {{ ref('int_defect_origins_named') }}
),

parameters as (
    select
        parameter as link_rule,
        parameter_value as link_confidence,
        row_number() over (order by parameter_value desc, parameter asc) as rule_rank
    from {{ ref('rule_parameters') }}
    where rule_name = 'defect_link' and unit = 'confidence'
),

fixes as (
    select * from commits
    where is_fix
),

sharing as (
    select
        shared.*,
        fixes.commit_key as fix_commit_key,
        commits.commit_key as origin_commit_key
    from {{ ref('int_fix_files_shared') }} as shared
    inner join fixes
        on shared.repository = fixes.repository and shared.fix_sha = fixes.sha
    inner join commits
        on shared.repository = commits.repository and shared.origin_sha = commits.sha
),

failed_deployments as (
    select
        fixes.commit_key as fix_commit_key,
        incidents.deployment_key,
        'linked_incident' as link_rule
    from fixes
    inner join mentions
        on fixes.repository = mentions.repository and fixes.sha = mentions.sha
    inner join incidents
        on
            mentions.repository = incidents.repository
            and mentions.issue_number = incidents.issue_number
    where incidents.deployment_key is not null
    union
    select
        fixes.commit_key as fix_commit_key,
        repairs.previous_deployment_key as deployment_key,
        'repaired_deployment' as link_rule
    from fixes
    inner join ranges
        on fixes.commit_key = ranges.commit_key
    inner join deployments as repairs
        on ranges.deployment_key = repairs.deployment_key and repairs.is_rework
    inner join deployments as failed
        on repairs.previous_deployment_key = failed.deployment_key and failed.is_failed
),

candidates as (
    select
        fixes.commit_key as fix_commit_key,
        commits.commit_key as origin_commit_key,
        named.link_rule
    from fixes
    inner join named
        on fixes.repository = named.repository and fixes.sha = named.fix_sha
    inner join commits
        on named.repository = commits.repository and named.origin_sha = commits.sha
    where commits.default_branch_position < fixes.default_branch_position
    union
    select
        failed_deployments.fix_commit_key,
        sharing.origin_commit_key,
        failed_deployments.link_rule
    from failed_deployments
    inner join ranges
        on failed_deployments.deployment_key = ranges.deployment_key
    inner join sharing
        on
            failed_deployments.fix_commit_key = sharing.fix_commit_key
            and ranges.commit_key = sharing.origin_commit_key
    union
    select
        fix_commit_key,
        origin_commit_key,
        'same_files' as link_rule
    from sharing
    where share_rank = 1
),

ranked as (
    select
        candidates.*,
        parameters.link_confidence,
        parameters.rule_rank,
        min(parameters.rule_rank) over (partition by candidates.fix_commit_key) as best_rank,
        count(*) over (partition by candidates.fix_commit_key, candidates.link_rule)
            as candidate_count
    from candidates
    inner join parameters
        on candidates.link_rule = parameters.link_rule
),

final as (
    select
        ranked.fix_commit_key,
        ranked.origin_commit_key,
        fixes.repository_key,
        fixes.repository,
        fixes.sha as fix_sha,
        commits.sha as origin_sha,
        ranked.link_rule,
        ranked.link_confidence,
        ranked.candidate_count,
        fixes.committed_at as fixed_at,
        commits.committed_at as introduced_at
    from ranked
    inner join fixes
        on ranked.fix_commit_key = fixes.commit_key
    inner join commits
        on ranked.origin_commit_key = commits.commit_key
    where ranked.rule_rank = ranked.best_rank
)

select * from final
