{{ config(materialized='ephemeral') }}

with last_day as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

parameters as (
    select
        {% for name in [
            'triage_minutes', 'minimum_pipelines', 'minimum_flaky', 'window_days'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'days_after' then parameter_value end) as days_after
    from {{ ref('rule_parameters') }}
    where rule_name in ('insight_impact', 'quality_drag', 'flaky_impact', 'flaky_change')
),

impacts as (
    select * from {{ ref('mart_test__flaky_impact') }}
    where window_name <> 'all'
),

-- What the greedy set of a team explains of its failed pipelines, and what all of them cost.
shares as (
    select
        flaky_group_key,
        max(team) as team,
        count(case when is_in_cover then 1 end) as test_count,
        max(case when is_in_cover then covered_pipeline_count end) as covered_pipeline_count,
        max(failed_pipeline_count) as failed_pipeline_count,
        max(case when is_in_cover then covered_ratio end) as covered_ratio,
        coalesce({{ exact_sum('rerun_seconds') }}, 0) as lost_seconds
    from impacts
    where team_key is not null
    group by flaky_group_key
),

test_costs as (
    select
        test_key,
        coalesce({{ exact_sum('rerun_seconds') }}, 0) as lost_seconds,
        cast(sum(alone_pipeline_count) as double) as alone_pipeline_count
    from impacts
    group by test_key
),

flaky_tests as (
    select * from {{ ref('mart_insight__flaky_changes') }}
    where flaky_change <> 'as_before'
),

final as (
    select
        'flaky_share' as insight_kind,
        shares.flaky_group_key as subject_key,
        'flaky_only_pipeline_ratio' as metric,
        'team' as grain,
        shares.team as entity,
        shares.team,
        'At least ' || cast(cast(floor(
            100.0e0 * shares.covered_pipeline_count / shares.failed_pipeline_count
        ) as integer) as string)
        || ' % of the failed pipelines of ' || shares.team || ' ('
        || cast(shares.covered_pipeline_count as string) || ' of '
        || cast(shares.failed_pipeline_count as string) || ' in '
        || cast(cast(parameters.window_days as integer) as string) || ' days) are caused by '
        || cast(shares.test_count as string) || ' flaky test'
        || case when shares.test_count > 1 then 's' else '' end as sentence,
        'rule' as confidence_state,
        true as is_worse,
        (shares.lost_seconds + shares.covered_pipeline_count * 60 * parameters.triage_minutes)
        / (parameters.window_days / 7.0e0) as impact_seconds,
        shares.covered_ratio as metric_value,
        cast(null as double) as base_value,
        cast(shares.failed_pipeline_count as double) as observation_count,
        'mart_test__flaky_pipelines' as evidence_table,
        'flaky_group_key' as evidence_column,
        shares.flaky_group_key as evidence_key,
        {{ days_after('last_day.last_date', '1 - parameters.window_days') }} as window_start_date,
        last_day.last_date as window_end_date
    from shares
    cross join parameters
    cross join last_day
    where
        shares.failed_pipeline_count >= parameters.minimum_pipelines
        and shares.covered_pipeline_count >= parameters.minimum_flaky
    union all
    select
        case
            when flaky_tests.flaky_change = 'worsened' then 'worsened_flaky_test'
            else 'new_flaky_test'
        end as insight_kind,
        flaky_tests.test_key as subject_key,
        'flaky_state_ratio' as metric,
        'test' as grain,
        flaky_tests.full_name as entity,
        flaky_tests.team,
        case flaky_tests.flaky_change
            when 'worsened'
                then
                    flaky_tests.full_name || ' fails without a cause more often: on '
                    || cast(flaky_tests.evidence_state_count as string) || ' of '
                    || cast(flaky_tests.recent_state_count as string)
                    || ' states of the code in '
                    || cast(cast(parameters.days_after as integer) as string) || ' days, '
                    || cast(flaky_tests.previous_evidence_state_count as string) || ' of '
                    || cast(flaky_tests.previous_state_count as string) || ' before'
            else
                flaky_tests.full_name || ' is flaky '
                || case when flaky_tests.flaky_change = 'new' then 'since ' else 'again since ' end
                || cast(flaky_tests.flaky_since_date as string) || ': '
                || cast(flaky_tests.evidence_state_count as string) || ' of '
                || cast(flaky_tests.recent_state_count as string)
                || ' states of the code in '
                || cast(cast(parameters.days_after as integer) as string) || ' days show it'
        end as sentence,
        'rule' as confidence_state,
        true as is_worse,
        (
            coalesce(test_costs.lost_seconds, 0)
            + coalesce(test_costs.alone_pipeline_count, 0) * 60 * parameters.triage_minutes
        ) / (parameters.window_days / 7.0e0) as impact_seconds,
        flaky_tests.evidence_ratio as metric_value,
        flaky_tests.previous_evidence_ratio as base_value,
        cast(flaky_tests.recent_state_count as double) as observation_count,
        'mart_insight__flaky_changes' as evidence_table,
        'test_key' as evidence_column,
        flaky_tests.test_key as evidence_key,
        case
            when flaky_tests.flaky_change = 'worsened'
                then {{ days_after('last_day.last_date', '1 - parameters.days_after') }}
            else flaky_tests.flaky_since_date
        end as window_start_date,
        last_day.last_date as window_end_date
    from flaky_tests
    cross join parameters
    cross join last_day
    left join test_costs
        on flaky_tests.test_key = test_costs.test_key
)

select * from final
