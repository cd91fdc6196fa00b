with tries as (
    select * from {{ ref('int_test_tries_placed') }}
),

results as (
    select * from {{ ref('fct_test_results') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by test_key
            order by coalesce(run_created_at, loaded_at) desc, test_result_key desc
        ) as newest_rank
    from results
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

final as (
    select
        ranked.test_key,
        ranked.repository_key,
        ranked.team_key,
        ranked.service_key,
        ranked.repository,
        ranked.team,
        ranked.service,
        tries.suite_path,
        tries.class_name,
        tries.test_name,
        tries.parameters,
        ranked.file_path,
        ranked.ownership_rule,
        lives.execution_count,
        ranked.verdict = 'quarantined' as is_quarantined,
        lives.first_seen_at,
        lives.last_seen_at,
        lives.last_failed_at
    from ranked
    inner join lives
        on ranked.test_key = lives.test_key
    inner join tries
        on
            ranked.report_id = tries.report_id
            and ranked.case_index = tries.case_index
    where ranked.newest_rank = 1
)

select * from final
