with suites as (
    select * from {{ ref('stg_test_results__suites') }}
),

results as (
    select * from {{ ref('fct_test_results') }}
),

-- A suite stands for its own cases; what nested suites hold is theirs.
measured as (
    select
        test_suite_result_key,
        min(report_id) as report_id,
        min(workflow_run_attempt_key) as workflow_run_attempt_key,
        min(job_attempt_key) as job_attempt_key,
        min(repository_key) as repository_key,
        min(repository) as repository,
        min(environment) as environment,
        count(*) as try_count,
        count(*) filter (where is_final) as test_count,
        count(*) filter (where is_final and verdict = 'passed') as passed_count,
        count(*) filter (where is_final and verdict = 'failed') as failed_count,
        count(*) filter (where is_final and verdict = 'errored') as errored_count,
        count(*) filter (where is_final and verdict = 'skipped') as skipped_count,
        count(*) filter (where is_final and verdict = 'quarantined') as quarantined_count,
        {{ exact_sum('duration_seconds') }} as duration_seconds,
        min(run_created_date) as run_created_date,
        min(loaded_at) as loaded_at
    from results
    group by test_suite_result_key
),

named as (
    select
        *,
        {{ surrogate_key(['report_id', 'suite_index']) }} as test_suite_result_key
    from suites
),

final as (
    select
        measured.test_suite_result_key,
        {{ surrogate_key([
            'measured.repository', 'coalesce(named.suite_path, named.suite_name)'
        ]) }} as test_suite_key,
        measured.workflow_run_attempt_key,
        measured.job_attempt_key,
        measured.repository_key,
        measured.report_id,
        named.suite_index,
        measured.repository,
        measured.environment,
        named.suite_path,
        named.suite_name,
        named.hostname,
        measured.try_count,
        measured.test_count,
        measured.passed_count,
        measured.failed_count,
        measured.errored_count,
        measured.skipped_count,
        measured.quarantined_count,
        named.declared_tests as declared_test_count,
        measured.duration_seconds,
        named.time_seconds as declared_time_seconds,
        measured.run_created_date,
        named.started_at,
        measured.loaded_at
    from measured
    left join named
        on measured.test_suite_result_key = named.test_suite_result_key
)

select * from final
