{%- set numbers = [
    'pipeline_stability_index', 'known_weight_ratio', 'no_code_failures_part',
    'both_results_part', 'duration_spread_part', 'infrastructure_part'
] -%}
with counts as (
    select * from {{ ref('mart_pipeline__stability_counts') }}
),

scores as (
    select * from {{ ref('mart_pipeline__stability_scores') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

members as (
    select
        'team' as grain,
        team_key as entity_key,
        repository_key
    from repositories
    union all
    select
        'organisation' as grain,
        'organisation' as entity_key,
        repository_key
    from repositories
),

repository_scores as (
    select
        *,
        case when pipeline_stability_index is not null then first_attempt_count end
            as judged_count
    from scores
    where grain = 'repository'
),

-- Many repositories are the mean of those that have an index, by their first attempts, as in the
-- metric of this name; all their runs together would have the spread of the busiest.
together as (
    select
        members.grain,
        members.entity_key,
        scores.window_name,
        max(scores.weight_version) as weight_version,
        {% for number in numbers -%}
            {{ exact_sum('scores.' ~ number ~ ' * scores.judged_count') }}
            / sum(case when scores.{{ number }} is not null then scores.judged_count end)
                as {{ number }},
        {% endfor -%}
        case
            when count(scores.pipeline_stability_index) = 0 then 'no repository has an index'
        end as missing_reason
    from members
    inner join repository_scores as scores
        on members.repository_key = scores.entity_key
    group by members.grain, members.entity_key, scores.window_name
),

scored as (
    select
        grain,
        entity_key,
        window_name,
        weight_version,
        {{ numbers | join(',\n        ') }},
        missing_reason
    from scores
    union all
    select * from together
),

final as (
    select
        counts.grain,
        counts.entity_key,
        case when counts.grain = 'repository' then counts.entity_key end as repository_key,
        counts.entity,
        counts.window_name,
        scored.weight_version,
        scored.pipeline_stability_index,
        scored.missing_reason,
        scored.known_weight_ratio,
        scored.no_code_failures_part,
        scored.both_results_part,
        scored.duration_spread_part,
        scored.infrastructure_part,
        counts.first_attempt_count,
        counts.no_code_failure_count,
        counts.infrastructure_failure_count,
        counts.state_count,
        counts.both_results_count,
        counts.duration_count,
        counts.duration_spread_ratio,
        counts.measured_date
    from counts
    inner join scored
        on
            counts.grain = scored.grain
            and counts.entity_key = scored.entity_key
            and counts.window_name = scored.window_name
)

select * from final
