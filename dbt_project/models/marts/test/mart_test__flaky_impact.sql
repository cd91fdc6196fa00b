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

-- Pipelines that failed for flaky tests alone, each with its failing tests.
pairs as (
    select
        failed.workflow_run_key,
        failed.team_key,
        failures.test_key
    from failed
    inner join {{ ref('fct_test_failures') }} as failures
        on failed.workflow_run_attempt_key = failures.workflow_run_attempt_key
    where failed.failure_cause = 'flaky_only' and failures.is_final
    group by failed.workflow_run_key, failed.team_key, failures.test_key
),

runs as (
    select
        workflow_run_key,
        max(coalesce(cast(pull_request_number as string), '')) as pull_request,
        max(repository) as repository,
        {{ exact_sum('duration_seconds', 'not is_first_attempt') }} as rerun_seconds,
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
        count(*) over (partition by pairs.workflow_run_key) as pipeline_test_count,
        runs.rerun_seconds,
        case
            when runs.green_at >= runs.first_finished_at
                then {{ seconds_between('runs.first_finished_at', 'runs.green_at') }}
        end as delay_seconds
    from pairs
    inner join runs
        on pairs.workflow_run_key = runs.workflow_run_key
),

counted as (
    select
        team_key,
        test_key,
        count(*) as flaky_pipeline_count,
        count(*) filter (where pipeline_test_count = 1) as alone_pipeline_count,
        count(distinct change_name) as delayed_change_count,
        {{ exact_sum('rerun_seconds / pipeline_test_count') }} as rerun_seconds,
        {{ exact_sum('delay_seconds / pipeline_test_count') }} as delay_seconds
    from shared
    group by team_key, test_key
),

-- Greedy: who took part in most first. A pipeline is covered when all its tests are in the set.
ranked as (
    select
        *,
        row_number() over (
            partition by team_key
            order by flaky_pipeline_count desc, alone_pipeline_count desc, test_key asc
        ) as impact_rank
    from counted
),

covers as (
    select
        pairs.team_key,
        pairs.workflow_run_key,
        max(ranked.impact_rank) as impact_rank
    from pairs
    inner join ranked
        on
            pairs.team_key is not distinct from ranked.team_key
            and pairs.test_key = ranked.test_key
    group by pairs.team_key, pairs.workflow_run_key
),

covered as (
    select
        ranked.team_key,
        ranked.impact_rank,
        count(covers.workflow_run_key) as covered_pipeline_count
    from ranked
    left join covers
        on
            ranked.team_key is not distinct from covers.team_key
            and ranked.impact_rank >= covers.impact_rank
    group by ranked.team_key, ranked.impact_rank
),

teams as (
    select
        team_key,
        max(team) as team,
        count(*) as failed_pipeline_count
    from failed
    group by team_key
),

final as (
    select
        {{ surrogate_key(['ranked.team_key', 'ranked.test_key']) }} as flaky_impact_key,
        ranked.team_key,
        ranked.test_key,
        tests.repository_key,
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
        teams.failed_pipeline_count,
        cast(covered.covered_pipeline_count as double) / teams.failed_pipeline_count
            as covered_ratio
    from ranked
    inner join covered
        on
            ranked.team_key is not distinct from covered.team_key
            and ranked.impact_rank = covered.impact_rank
    inner join teams
        on ranked.team_key is not distinct from teams.team_key
    inner join tests
        on ranked.test_key = tests.test_key
)

select * from final
