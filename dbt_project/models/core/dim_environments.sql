with deployments as (
    select * from {{ ref('fct_deployments') }}
    where vendor_environment is not null
),

jobs as (
    select * from {{ ref('fct_job_attempts') }}
    where environment is not null
),

results as (
    select
        repository_key,
        environment,
        min(repository) as repository,
        min(run_created_at) as first_seen_at,
        max(run_created_at) as last_seen_at
    from {{ ref('fct_test_results') }}
    where environment_rule in ('artifact', 'operating_system') and repository is not null
    group by repository_key, environment
),

named as (
    select
        repository_key,
        repository,
        'deployment' as environment_kind,
        vendor_environment as environment_name,
        environment as environment_tier,
        cast(null as string) as system_text,
        is_production,
        coalesce(finished_at, created_at) as first_seen_at,
        coalesce(finished_at, created_at) as last_seen_at
    from deployments
    union all
    select
        repository_key,
        repository,
        'job' as environment_kind,
        environment as environment_name,
        cast(null as string) as environment_tier,
        environment || ' ' || coalesce(runner_labels, '') as system_text,
        false as is_production,
        coalesce(started_at, created_at) as first_seen_at,
        coalesce(started_at, created_at) as last_seen_at
    from jobs
    union all
    select
        repository_key,
        repository,
        'report' as environment_kind,
        environment as environment_name,
        cast(null as string) as environment_tier,
        environment as system_text,
        false as is_production,
        first_seen_at,
        last_seen_at
    from results
),

final as (
    select
        {{ surrogate_key(['environment_kind', 'repository', 'environment_name']) }}
            as environment_key,
        repository_key,
        repository,
        environment_kind,
        environment_name,
        min(environment_tier) as environment_tier,
        min({{ operating_system('system_text') }}) as operating_system,
        max(case when is_production then 1 else 0 end) = 1 as is_production,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from named
    group by repository_key, repository, environment_kind, environment_name
)

select * from final
