with results as (
    select * from {{ ref('fct_test_results') }}
),

-- Branches go on with old names for a while: where there is a default branch, it alone counts.
repositories as (
    select
        repository,
        max(case when is_default_branch then 1 else 0 end) = 1 as has_default_branch
    from results
    group by repository
),

moments as (
    select
        results.repository,
        results.environment,
        results.test_key,
        results.run_created_at,
        count(*) filter (where results.is_execution) as execution_count
    from results
    inner join repositories
        on results.repository = repositories.repository
    where results.is_default_branch or not repositories.has_default_branch
    group by results.repository, results.environment, results.test_key, results.run_created_at
),

runs as (
    select
        repository,
        environment,
        run_created_at,
        row_number() over (partition by repository, environment order by run_created_at)
            as run_number
    from moments
    group by repository, environment, run_created_at
),

final as (
    select
        moments.test_key,
        moments.environment,
        moments.repository,
        count(*) as run_count,
        cast(sum(moments.execution_count) as bigint) as execution_count,
        min(runs.run_number) as first_run_number,
        max(runs.run_number) as last_run_number,
        min(moments.run_created_at) as first_seen_at,
        max(moments.run_created_at) as last_seen_at
    from moments
    inner join runs
        on
            moments.repository = runs.repository
            and moments.environment = runs.environment
            and moments.run_created_at = runs.run_created_at
    group by moments.test_key, moments.environment, moments.repository
)

select * from final
