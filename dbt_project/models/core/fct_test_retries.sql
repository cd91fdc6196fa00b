with tries as (
    select * from {{ ref('int_test_tries_placed') }}
    where is_execution
),

results as (
    select * from {{ ref('fct_test_results') }}
),

renames as (
    select * from {{ ref('fct_test_renames') }}
),

placed as (
    select
        *,
        coalesce(workflow_run_key, report_id) as run_text,
        coalesce(job_name, '') as job_text
    from tries
),

-- Most tests run once, and need no order.
repeated as (
    select
        test_key,
        run_text,
        job_text,
        environment
    from placed
    group by test_key, run_text, job_text, environment
    having count(*) > 1
),

ordered as (
    select
        placed.*,
        {{ try_text('placed') }} as try_text
    from placed
    inner join repeated
        on
            placed.test_key = repeated.test_key
            and placed.run_text = repeated.run_text
            and placed.job_text = repeated.job_text
            and placed.environment = repeated.environment
),

chains as (
    select
        test_key,
        run_text,
        job_text,
        environment,
        max(job_name) as job_name,
        min_by(test_result_key, try_text) as first_test_result_key,
        max_by(test_result_key, try_text) as last_test_result_key,
        count(*) as try_count,
        count(*) filter (where is_failure) as failure_count,
        {{ exact_sum('duration_seconds') }} as duration_seconds,
        min_by(coalesce(duration_seconds, 0), try_text) as first_duration_seconds,
        min_by(is_failure, try_text) as is_first_failed,
        max_by(is_failure, try_text) as is_last_failed,
        count(distinct run_attempt) as run_attempt_count,
        count(distinct report_id) as report_count
    from ordered
    group by test_key, run_text, job_text, environment
),

final as (
    select
        {{ surrogate_key([
            'chains.test_key', 'chains.run_text', 'chains.job_text', 'chains.environment'
        ]) }} as test_retry_key,
        chains.test_key,
        coalesce(renames.current_test_key, chains.test_key) as current_test_key,
        results.workflow_run_key,
        chains.first_test_result_key,
        chains.last_test_result_key,
        results.repository_key,
        results.team_key,
        results.service_key,
        results.repository,
        results.team,
        results.service,
        results.workflow_name,
        chains.job_name,
        chains.environment,
        results.head_sha,
        case
            when chains.run_attempt_count > 1 then 'run'
            when chains.report_count > 1 then 'job'
            else 'report'
        end as retry_scope,
        chains.try_count,
        chains.failure_count,
        chains.duration_seconds - chains.first_duration_seconds as retry_seconds,
        chains.is_first_failed,
        chains.is_first_failed and not chains.is_last_failed as is_retry_pass,
        results.is_outage,
        results.is_default_branch,
        results.run_created_date,
        results.run_created_at
    from chains
    inner join results
        on chains.last_test_result_key = results.test_result_key
    left join renames
        on chains.test_key = renames.previous_test_key
)

select * from final
