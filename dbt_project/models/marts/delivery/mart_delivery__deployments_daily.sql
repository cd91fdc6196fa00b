with deployments as (
    select * from {{ ref('fct_deployments') }}
    where is_counted
),

counted as (
    select
        repository_key,
        service_key,
        team_key,
        repository,
        service,
        team,
        finished_date,
        count(*) as deployment_count,
        count(*) filter (where result = 'success') as success_count,
        count(*) filter (where result = 'failure') as unsuccessful_count,
        count(*) filter (where is_failed) as failed_count,
        count(*) filter (where is_rework) as rework_count,
        count(recovery_seconds) as recovered_count,
        {{ exact_sum('recovery_seconds') }} as recovery_seconds
    from deployments
    group by
        repository_key, service_key, team_key, repository, service, team, finished_date
),

final as (
    select
        {{ surrogate_key(['repository_key', 'service', 'finished_date']) }}
            as deployments_daily_key,
        *,
        cast(failed_count as double) / deployment_count as change_fail_ratio,
        cast(rework_count as double) / deployment_count as deployment_rework_ratio
    from counted
)

select * from final
