with counts as (
    select * from {{ ref('mart_pipeline__stability_counts') }}
),

weights as (
    select * from {{ ref('score_weights') }}
    where score = 'pipeline_stability'
),

limits as (
    select
        regexp_replace(parameter, '_(best|worst)$', '') as component,
        max(case when parameter like '%_best' then parameter_value end) as best,
        max(case when parameter like '%_worst' then parameter_value end) as worst
    from {{ ref('rule_parameters') }}
    where rule_name = 'pipeline_stability'
    group by regexp_replace(parameter, '_(best|worst)$', '')
),

minimum as (
    select
        max(case when parameter = 'minimum_runs' then parameter_value end) as minimum_runs,
        max(case when parameter = 'minimum_weight' then parameter_value end) as minimum_weight
    from {{ ref('rule_parameters') }}
    where rule_name in ('insufficient_data', 'score')
),

measured as (
    select
        counts.grain,
        counts.entity_key,
        counts.window_name,
        counts.first_attempt_count,
        weights.component,
        weights.weight,
        weights.weight_version,
        case weights.component
            when 'duration_spread' then counts.duration_count
            when 'both_results' then counts.state_count
            else counts.first_attempt_count
        end as observation_count,
        case weights.component
            when 'no_code_failures'
                then counts.no_code_failure_count / nullif(counts.first_attempt_count, 0)
            when 'infrastructure'
                then counts.infrastructure_failure_count / nullif(counts.first_attempt_count, 0)
            when 'both_results' then counts.both_results_count / nullif(counts.state_count, 0)
            when 'duration_spread' then counts.duration_spread_ratio
        end as measured_ratio
    from counts
    cross join weights
    where counts.grain in ('workflow', 'repository')
),

judged as (
    select
        measured.*,
        case
            when measured.observation_count >= minimum.minimum_runs
                then greatest(0.0e0, least(
                    1.0e0, (limits.worst - measured.measured_ratio) / (limits.worst - limits.best)
                ))
        end as part
    from measured
    cross join minimum
    inner join limits
        on measured.component = limits.component
),

summed as (
    select
        grain,
        entity_key,
        window_name,
        max(weight_version) as weight_version,
        max(first_attempt_count) as first_attempt_count,
        {% for component in [
            'no_code_failures', 'both_results', 'duration_spread', 'infrastructure'
        ] -%}
            max(case when component = '{{ component }}' then part end) as {{ component }}_part,
        {% endfor -%}
        {{ exact_sum('weight') }} as whole_weight,
        coalesce({{ exact_sum('case when part is not null then weight end') }}, 0)
            as known_weight,
        {{ exact_sum('weight * part') }} as weighted_sum,
        {{ sorted_text('case when part is null then component end', ', ') }} as unknown_parts
    from judged
    group by grain, entity_key, window_name
),

final as (
    select
        summed.grain,
        summed.entity_key,
        summed.window_name,
        summed.weight_version,
        case
            when summed.known_weight >= minimum.minimum_weight * summed.whole_weight
                then 100 * summed.weighted_sum / summed.known_weight
        end as pipeline_stability_index,
        case
            when summed.known_weight < minimum.minimum_weight * summed.whole_weight
                then 'too few runs for: ' || summed.unknown_parts
        end as missing_reason,
        summed.known_weight / summed.whole_weight as known_weight_ratio,
        summed.no_code_failures_part,
        summed.both_results_part,
        summed.duration_spread_part,
        summed.infrastructure_part,
        summed.first_attempt_count
    from summed
    cross join minimum
)

select * from final
