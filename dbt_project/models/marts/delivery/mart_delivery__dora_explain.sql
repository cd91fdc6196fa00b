with deployments as (
    select * from {{ ref('fct_deployments') }}
),

deliveries as (
    select * from {{ ref('bridge_deployments_commits') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
    where is_on_default_branch
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

lines as (
    select
        repository,
        service,
        min(team) as team,
        min_by(
            default_branch_position,
            case
                when result = 'success'
                    then cast(finished_at as string) || deployment_key
            end
        ) as first_position
    from deployments
    where is_counted
    group by repository, service
),

of_deployments as (
    select
        deployment_key as subject_key,
        'deployment' as subject_kind,
        repository_key,
        deployment_key,
        repository,
        service,
        team,
        sha,
        detection_rule,
        case
            when is_counted then 'counted'
            when not is_production then 'not_production'
            when is_superseded then 'vendor_event_known'
            else 'never_finished'
        end as count_rule,
        evidence_kind || ' ' || evidence_id || ' to ' || vendor_environment
        || coalesce(', vendor said ' || vendor_status, '')
        || case when is_counted then ', ' || deployment_kind else '' end
        || coalesce(', failed by ' || failed_by, '')
        || coalesce(', incident #' || cast(incident_number as string), '')
        || coalesce(', urgent commit ' || urgent_sha, '') as evidence,
        cast(null as double) as change_lead_time_seconds,
        cast(null as double) as cycle_seconds,
        is_counted,
        is_failed,
        is_rework,
        finished_at
    from deployments
),

first_deliveries as (
    select
        deliveries.commit_key,
        deliveries.repository,
        deliveries.service,
        deliveries.deployment_key,
        deliveries.change_lead_time_seconds,
        deployments.finished_at,
        deployments.evidence_kind,
        deployments.evidence_id
    from deliveries
    inner join deployments
        on deliveries.deployment_key = deployments.deployment_key
    where deliveries.is_first_delivery
),

-- Every commit of the default branch, for every service of its repository that was ever deployed.
of_changes as (
    select
        {{ surrogate_key(['commits.commit_key', 'lines.service']) }} as subject_key,
        'change' as subject_kind,
        commits.repository_key,
        first_deliveries.deployment_key,
        commits.repository,
        lines.service,
        case when lines.repository is null then repositories.team else lines.team end as team,
        commits.sha,
        'commit_ancestry' as detection_rule,
        case
            when lines.repository is null then 'repository_never_deployed'
            when first_deliveries.change_lead_time_seconds is not null then 'counted'
            when first_deliveries.commit_key is not null then 'clock_ahead'
            when commits.default_branch_position <= lines.first_position then 'before_first_range'
            else 'not_deployed_yet'
        end as count_rule,
        case
            when lines.repository is null
                then 'no production deployment of the repository is known'
            when first_deliveries.change_lead_time_seconds is not null
                then
                    'first contained in ' || first_deliveries.evidence_kind || ' '
                    || first_deliveries.evidence_id
            when first_deliveries.commit_key is not null
                then
                    'committed after ' || first_deliveries.evidence_kind || ' '
                    || first_deliveries.evidence_id || ', which contains it, had finished'
            when commits.default_branch_position <= lines.first_position
                then 'the first deployment of a service has no range'
            else 'no successful production deployment contains it'
        end as evidence,
        first_deliveries.change_lead_time_seconds,
        cast(null as double) as cycle_seconds,
        first_deliveries.change_lead_time_seconds is not null as is_counted,
        false as is_failed,
        false as is_rework,
        first_deliveries.finished_at
    from commits
    inner join repositories
        on commits.repository_key = repositories.repository_key
    left join lines
        on commits.repository = lines.repository
    left join first_deliveries
        on
            commits.commit_key = first_deliveries.commit_key
            and lines.service = first_deliveries.service
),

final as (
    select * from of_deployments
    union all
    select * from of_changes
    union all
    select * from {{ ref('mart_delivery__dora_explain_changes') }}
)

select * from final
