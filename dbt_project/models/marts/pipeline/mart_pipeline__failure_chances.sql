with histories as (
    select * from {{ ref('mart_pipeline__run_histories') }}
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

limits as (
    select
        {% for name in ['prior_ratio', 'prior_runs', 'recent_weight'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'minimum_history' then parameter_value end) as minimum_history
    from {{ ref('rule_parameters') }}
    where rule_name = 'build_failure'
),

-- The same results before, in the same workflow: how often did that end in a failure?
events as (
    select
        workflow_run_attempt_key,
        workflow_key,
        line_results,
        run_created_at as happened_at,
        0 as ended_count,
        0 as failed_count
    from histories
    union all
    select
        workflow_run_attempt_key,
        workflow_key,
        line_results,
        known_at as happened_at,
        1 as ended_count,
        failed_count
    from histories
    where known_at is not null
),

counted as (
    select
        workflow_run_attempt_key,
        ended_count,
        cast(sum(ended_count) over alike as bigint) as alike_ended_count,
        cast(sum(failed_count) over alike as bigint) as alike_failed_count
    from events
    window
        alike as (
            partition by workflow_key, line_results
            order by happened_at, ended_count, workflow_run_attempt_key
            rows between unbounded preceding and current row
        )
),

-- What little is known leans on the wider: repository on the prior, workflow on repository, and
-- both the newest runs of the workflow and the runs with the same results before on the workflow.
repositories as (
    select
        histories.*,
        counted.alike_ended_count,
        counted.alike_failed_count,
        limits.prior_runs,
        limits.recent_weight,
        limits.minimum_history,
        (histories.repository_failed_count + limits.prior_runs * limits.prior_ratio)
        / (histories.repository_ended_count + limits.prior_runs) as repository_failure_ratio
    from histories
    cross join limits
    inner join counted
        on
            histories.workflow_run_attempt_key = counted.workflow_run_attempt_key
            and counted.ended_count = 0
),

workflows as (
    select
        *,
        (workflow_failed_count + prior_runs * repository_failure_ratio)
        / (workflow_ended_count + prior_runs) as workflow_failure_ratio
    from repositories
),

ratios as (
    select
        *,
        (recent_failed_count + prior_runs * workflow_failure_ratio)
        / (recent_count + prior_runs) as recent_failure_ratio,
        (alike_failed_count + prior_runs * workflow_failure_ratio)
        / (alike_ended_count + prior_runs) as alike_failure_ratio
    from workflows
),

chances as (
    select
        *,
        {{ logistic(
            'ln(alike_failure_ratio / (1 - alike_failure_ratio))'
            ~ ' + recent_weight * (ln(recent_failure_ratio / (1 - recent_failure_ratio))'
            ~ ' - ln(workflow_failure_ratio / (1 - workflow_failure_ratio)))'
        ) }} as chance
    from ratios
),

final as (
    select
        chances.workflow_run_attempt_key,
        attempts.repository_key,
        attempts.team_key,
        attempts.workflow_key,
        attempts.repository,
        attempts.team,
        attempts.workflow_name,
        attempts.head_branch,
        attempts.pull_request_number,
        case
            when chances.repository_ended_count < chances.minimum_history then 'insufficient_data'
            else 'estimated'
        end as chance_state,
        chances.line_results,
        case
            when chances.repository_ended_count >= chances.minimum_history
                then {{ nine_digits('chances.chance') }}
        end as failure_chance,
        {% for ratio in ['repository', 'workflow', 'recent', 'alike'] -%}
            {{ nine_digits('chances.' ~ ratio ~ '_failure_ratio') }} as {{ ratio }}_failure_ratio,
        {% endfor -%}
        case
            when chances.repository_ended_count >= chances.minimum_history
                then round(power(chances.failed_count - {{ nine_digits('chances.chance') }}, 2), 12)
        end as squared_error,
        {% for count in ['repository_ended', 'workflow_ended', 'alike_ended', 'failed'] -%}
            chances.{{ count }}_count,
        {% endfor -%}
        attempts.is_default_branch,
        attempts.run_created_date,
        attempts.run_created_at
    from chances
    inner join attempts
        on chances.workflow_run_attempt_key = attempts.workflow_run_attempt_key
)

select * from final
