with releases as (
    select * from {{ ref('mart_risk__escaped_defects') }}
),

parts as (
    select * from {{ ref('mart_risk__release_parts') }}
),

weights as (
    select * from {{ ref('score_weights') }}
    where score = 'release_confidence'
),

limits as (
    select
        {% for name in ['minimum_weight', 'least_part', 'stable_from', 'watch_from'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'degraded_from' then parameter_value end) as degraded_from
    from {{ ref('rule_parameters') }}
    where rule_name in ('score', 'release_confidence', 'score_band')
),

components as (
    select
        parts.deployment_key,
        limits.least_part,
        weights.weight,
        weights.weight_version,
        case weights.component
            when 'checks' then parts.checks_part
            when 'changed_code_coverage' then parts.changed_code_coverage_part
            when 'escaped_defect_risk' then parts.escaped_defect_risk_part
            when 'suite_reliability' then parts.suite_reliability_part
            when 'pipeline_stability' then parts.pipeline_stability_part
            when 'open_incidents' then parts.open_incidents_part
        end as part,
        weights.component
    from parts
    cross join limits
    cross join weights
),

ordered as (
    select
        *,
        row_number() over (partition by deployment_key order by loss, component) as loss_rank
    from (
        select
            *,
            case
                when part is null then 1
                else weight * ln(greatest(part, least_part))
            end as loss
        from components
    ) as lost
),

-- A weighted geometric mean over what is known: one zero is not averaged away.
summed as (
    select
        deployment_key,
        max(weight_version) as weight_version,
        cast(sum(cast(weight as decimal(9, 6))) as double) as whole_weight,
        cast(sum(case when part is not null then cast(weight as decimal(9, 6)) end) as double)
            as known_weight,
        {{ exact_sum('weight * ln(greatest(part, least_part))', 'part is not null') }}
            as weighted_log,
        {{ sorted_text('case when part is null then component end', ', ') }} as unknown_parts,
        max(case when loss_rank = 1 and part < 1 then component end) as costliest_part,
        max(case when loss_rank = 2 and part < 1 then component end) as second_costliest_part
    from ordered
    group by deployment_key
),

scored as (
    select
        summed.*,
        limits.*,
        parts.score_cap,
        case
            when summed.known_weight >= limits.minimum_weight * summed.whole_weight
                then {{ nine_digits('100 * exp(summed.weighted_log / summed.known_weight)') }}
        end as uncapped_score
    from summed
    cross join limits
    inner join parts
        on summed.deployment_key = parts.deployment_key
),

capped as (
    select
        *,
        case
            when uncapped_score is not null
                then least(uncapped_score, coalesce(score_cap, 100))
        end as release_confidence_score
    from scored
),

final as (
    select
        releases.deployment_key,
        releases.repository_key,
        releases.service_key,
        releases.team_key,
        releases.repository,
        releases.service,
        releases.team,
        releases.sha,
        capped.release_confidence_score,
        capped.uncapped_score,
        capped.score_cap,
        parts.cap_rule,
        parts.checks_part,
        parts.changed_code_coverage_part,
        parts.escaped_defect_risk_part,
        parts.suite_reliability_part,
        parts.pipeline_stability_part,
        parts.open_incidents_part,
        parts.check_count,
        parts.green_check_count,
        parts.regressed_check_count,
        parts.coverable_line_count,
        parts.changed_code_coverage_ratio,
        parts.open_incident_count,
        releases.change_count,
        releases.escaped_defect_risk,
        capped.costliest_part,
        capped.second_costliest_part,
        capped.unknown_parts,
        capped.known_weight / capped.whole_weight as known_weight_ratio,
        case
            when capped.uncapped_score is null then 'too_little_known'
            when parts.changed_code_coverage_ratio is null then 'low_confidence'
            else 'scored'
        end as score_state,
        {{ score_band('capped.release_confidence_score') }} as confidence_band,
        capped.weight_version,
        releases.finished_date,
        releases.finished_at
    from releases
    inner join parts
        on releases.deployment_key = parts.deployment_key
    inner join capped
        on releases.deployment_key = capped.deployment_key
)

select * from final
