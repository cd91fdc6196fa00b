with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

results as (
    select * from {{ ref('fct_test_results') }}
),

lives as (
    select
        test_key,
        count(*) filter (where is_execution) as execution_count,
        min(coalesce(run_created_at, loaded_at)) as first_seen_at,
        max(coalesce(run_created_at, loaded_at)) as last_seen_at,
        max(run_created_at) filter (where is_failure) as last_failed_at
    from results
    group by test_key
),

-- The newest result of each test, without ordering all results of all tests.
newest as (
    select
        results.test_key,
        max(results.test_result_key) as test_result_key
    from results
    inner join lives
        on
            results.test_key = lives.test_key
            and coalesce(results.run_created_at, results.loaded_at) = lives.last_seen_at
    group by results.test_key
),

final as (
    select
        results.test_key,
        results.repository_key,
        results.team_key,
        results.service_key,
        results.repository,
        results.team,
        results.service,
        tries.suite_path,
        tries.class_name,
        tries.test_name,
        {{ full_test_name('tries') }} as full_name,
        tries.parameters,
        results.file_path,
        results.ownership_rule,
        lives.execution_count,
        results.verdict = 'quarantined' as is_quarantined,
        lives.first_seen_at,
        lives.last_seen_at,
        lives.last_failed_at
    from newest
    inner join results
        on newest.test_result_key = results.test_result_key
    inner join lives
        on newest.test_key = lives.test_key
    inner join tries
        on
            results.report_id = tries.report_id
            and results.case_index = tries.case_index
)

select * from final
