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

found as (
    select * from {{ ref('int_defect_origins_found') }}
),

blamed as (
    select * from {{ ref('int_defect_origins_blamed') }}
),

parameters as (
    select
        parameter as link_rule,
        parameter_value as link_confidence,
        row_number() over (order by parameter_value desc, parameter asc) as rule_rank
    from {{ ref('rule_parameters') }}
    where rule_name = 'defect_link' and unit = 'confidence'
),

sharing as (
    select * from {{ ref('int_fix_files_shared') }}
),

fixes as (
    select * from commits
    where is_fix
),

failed_deployments as (
    select
        fixes.repository,
        fixes.sha as fix_sha,
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
        fixes.repository,
        fixes.sha as fix_sha,
        repairs.repaired_deployment_key as deployment_key,
        'repaired_deployment' as link_rule
    from fixes
    inner join ranges
        on fixes.commit_key = ranges.commit_key
    inner join deployments as repairs
        on ranges.deployment_key = repairs.deployment_key
    where repairs.repaired_deployment_key is not null
),

candidates as (
    select * from found
    union
    select
        sharing.repository,
        sharing.fix_sha,
        sharing.origin_sha,
        failed_deployments.link_rule
    from failed_deployments
    inner join ranges
        on failed_deployments.deployment_key = ranges.deployment_key
    inner join commits
        on ranges.commit_key = commits.commit_key
    inner join sharing
        on
            failed_deployments.repository = sharing.repository
            and failed_deployments.fix_sha = sharing.fix_sha
            and commits.sha = sharing.origin_sha
),

ranked as (
    select
        fixes.commit_key as fix_commit_key,
        commits.commit_key as origin_commit_key,
        fixes.repository_key,
        candidates.*,
        parameters.link_confidence,
        parameters.rule_rank,
        min(parameters.rule_rank) over (partition by fixes.commit_key) as best_rank,
        count(*) over (partition by fixes.commit_key, candidates.link_rule) as candidate_count,
        fixes.committed_at as fixed_at,
        commits.committed_at as introduced_at
    from candidates
    inner join parameters
        on candidates.link_rule = parameters.link_rule
    inner join fixes
        on candidates.repository = fixes.repository and candidates.fix_sha = fixes.sha
    inner join commits
        on candidates.repository = commits.repository and candidates.origin_sha = commits.sha
    where commits.default_branch_position < fixes.default_branch_position
),

final as (
    select
        ranked.fix_commit_key,
        ranked.origin_commit_key,
        ranked.repository_key,
        ranked.repository,
        ranked.fix_sha,
        ranked.origin_sha,
        ranked.link_rule,
        ranked.link_confidence,
        ranked.candidate_count,
        blamed.blamed_line_count,
        blamed.kept_line_count,
        blamed.blamed_line_ratio,
        blamed.origin_rank as blame_rank,
        ranked.fixed_at,
        ranked.introduced_at
    from ranked
    left join blamed
        on
            ranked.repository = blamed.repository
            and ranked.fix_sha = blamed.fix_sha
            and ranked.origin_sha = blamed.origin_sha
    where ranked.rule_rank = ranked.best_rank
)

select * from final
