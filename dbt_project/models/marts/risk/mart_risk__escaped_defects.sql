with deployments as (
    select * from {{ ref('fct_deployments') }}
    where is_counted
),

ranges as (
    select * from {{ ref('bridge_deployments_commits') }}
),

changes as (
    select * from {{ ref('mart_risk__changes') }}
    where landed_commit_key is not null
),

origins as (
    select * from {{ ref('bridge_fixes_origins') }}
),

parameters as (
    select max(parameter_value) as coverage_effect
    from {{ ref('rule_parameters') }}
    where rule_name = 'escaped_defect_risk' and parameter = 'coverage_effect'
),

-- The first deployment brings everything there is: that is no range. What lies between commits that
-- the history does not know is not known either.
brought as (
    select
        deployments.deployment_key,
        count(changes.change_key) as change_count,
        count(changes.change_key) - count(changes.change_risk) as unknown_change_count,
        count(changes.changed_code_coverage_ratio) as covered_change_count,
        {{ exact_sum(
            'changes.change_risk * (1 - parameters.coverage_effect'
            ~ ' * coalesce(changes.changed_code_coverage_ratio, 0))'
        ) }} as expected_defect_count
    from deployments
    cross join parameters
    inner join deployments as previous
        on deployments.previous_deployment_key = previous.deployment_key
    left join ranges
        on deployments.deployment_key = ranges.deployment_key
    left join changes
        on ranges.commit_key = changes.landed_commit_key
    where
        deployments.default_branch_position is not null
        and previous.default_branch_position is not null
    group by deployments.deployment_key
),

-- A defect is of the release that first brought its origin; escaped when it was mended later.
defects as (
    select
        deployments.deployment_key,
        origins.fix_commit_key,
        max(origins.link_confidence) as link_confidence,
        max(case when origins.fixed_at > deployments.finished_at then 1 else 0 end) as is_escaped
    from origins
    inner join ranges
        on origins.origin_commit_key = ranges.commit_key and ranges.is_first_delivery
    inner join deployments
        on ranges.deployment_key = deployments.deployment_key
    group by deployments.deployment_key, origins.fix_commit_key
),

found as (
    select
        deployment_key,
        count(*) as defect_count,
        cast(sum(is_escaped) as bigint) as escaped_defect_count,
        {{ exact_mean('link_confidence') }} as mean_link_confidence
    from defects
    group by deployment_key
),

counted as (
    select
        deployments.*,
        brought.change_count,
        brought.unknown_change_count,
        brought.covered_change_count,
        -- Nothing new brings no defect; where no size is known nothing is.
        case
            when brought.change_count = 0 then cast(0 as double)
            else brought.expected_defect_count
        end as expected_defect_count,
        coalesce(found.escaped_defect_count, 0) as escaped_defect_count,
        coalesce(found.defect_count - found.escaped_defect_count, 0) as caught_defect_count,
        coalesce(found.defect_count, 0) as defect_count,
        found.mean_link_confidence
    from deployments
    left join brought
        on deployments.deployment_key = brought.deployment_key
    left join found
        on deployments.deployment_key = found.deployment_key
),

final as (
    select
        deployment_key,
        repository_key,
        service_key,
        team_key,
        repository,
        service,
        team,
        sha,
        deployment_kind,
        change_count,
        unknown_change_count,
        covered_change_count,
        expected_defect_count,
        {{ nine_digits('100 * (1 - exp(-expected_defect_count))') }} as escaped_defect_risk,
        escaped_defect_count,
        caught_defect_count,
        cast(escaped_defect_count as double) / nullif(defect_count, 0) as escaped_defect_ratio,
        {{ wilson_limit('escaped_defect_count', 'defect_count', '-') }} as lower_ratio,
        {{ wilson_limit('escaped_defect_count', 'defect_count', '+') }} as upper_ratio,
        mean_link_confidence,
        case
            when deployment_kind = 'first' then 'no_range'
            when change_count is null then 'range_unknown'
            when change_count = 0 then 'nothing_new'
            when unknown_change_count = change_count then 'sizes_unknown'
            when unknown_change_count > 0 then 'some_sizes_unknown'
            else 'known'
        end as risk_state,
        finished_date,
        finished_at
    from counted
)

select * from final
