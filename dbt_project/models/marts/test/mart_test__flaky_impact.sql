with failed as (
    select * from {{ ref('fct_failed_pipelines') }}
    where is_first_attempt
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

tests as (
    select * from {{ ref('dim_tests') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

pairs as (
    select * from {{ ref('mart_test__flaky_pipelines') }}
),

runs as (
    select
        workflow_run_key,
        max(coalesce(cast(pull_request_number as string), '')) as pull_request,
        max(repository) as repository,
        {{ exact_sum('rerun_seconds') }} as rerun_seconds,
        max(case when is_first_attempt then finished_at end) as first_finished_at,
        min(case when not is_first_attempt and result = 'success' then finished_at end)
            as green_at
    from attempts
    group by workflow_run_key
),

shared as (
    select
        pairs.*,
        runs.repository || ' ' || nullif(runs.pull_request, '') as change_name,
        count(*) over (partition by pairs.flaky_group_key, pairs.workflow_run_attempt_key)
            as pipeline_test_count,
        runs.rerun_seconds,
        {{ span_seconds('runs.first_finished_at', 'runs.green_at') }} as delay_seconds
    from pairs
    inner join runs
        on pairs.workflow_run_key = runs.workflow_run_key
),

counted as (
    select
        flaky_group_key,
        window_name,
        team_key,
        test_key,
        min(pick_step) as pick_step,
        coalesce(min(pick_step), 1000000) as pick_order,
        count(*) as flaky_pipeline_count,
        count(*) filter (where pipeline_test_count = 1) as alone_pipeline_count,
        count(pick_step) as added_pipeline_count,
        count(distinct change_name) as delayed_change_count,
        {{ exact_sum('rerun_seconds / pipeline_test_count') }} as rerun_seconds,
        {{ exact_sum('delay_seconds / pipeline_test_count') }} as delay_seconds
    from shared
    group by flaky_group_key, window_name, team_key, test_key
),

-- Those that the greedy set does not need come behind it.
ranked as (
    select
        *,
        row_number() over (
            partition by flaky_group_key
            order by
                pick_order asc,
                flaky_pipeline_count desc,
                alone_pipeline_count desc,
                test_key asc
        ) as impact_rank
    from counted
),

covered as (
    select
        flaky_group_key,
        test_key,
        cast(sum(added_pipeline_count) over (
            partition by flaky_group_key order by impact_rank
            rows between unbounded preceding and current row
        ) as bigint) as covered_pipeline_count
    from ranked
),

teams as (
    select
        failed.team_key,
        max(failed.team) as team,
        count(*) as all_count,
        count(case
            when
                {{ days_between('failed.run_created_date', 'dates.last_date') }}
                < window_days.parameter_value
                then 1
        end) as newest_count
    from failed
    cross join dates
    inner join {{ ref('rule_parameters') }} as window_days
        on window_days.rule_name = 'flaky_impact' and window_days.parameter = 'window_days'
    group by failed.team_key
),

final as (
    select
        {{ surrogate_key(['ranked.flaky_group_key', 'ranked.test_key']) }} as flaky_impact_key,
        ranked.flaky_group_key,
        ranked.team_key,
        ranked.test_key,
        tests.repository_key,
        ranked.window_name,
        teams.team,
        tests.repository,
        tests.team as owning_team,
        tests.class_name,
        tests.test_name,
        ranked.impact_rank,
        ranked.flaky_pipeline_count,
        ranked.alone_pipeline_count,
        ranked.delayed_change_count,
        ranked.rerun_seconds,
        ranked.delay_seconds,
        covered.covered_pipeline_count,
        case ranked.window_name when 'all' then teams.all_count else teams.newest_count end
            as failed_pipeline_count,
        cast(covered.covered_pipeline_count as double)
        / case ranked.window_name when 'all' then teams.all_count else teams.newest_count end
            as covered_ratio,
        ranked.pick_step is not null as is_in_cover
    from ranked
    inner join covered
        on
            ranked.flaky_group_key = covered.flaky_group_key
            and ranked.test_key = covered.test_key
    inner join teams
        on ranked.team_key is not distinct from teams.team_key
    inner join tests
        on ranked.test_key = tests.test_key
)

select * from final
