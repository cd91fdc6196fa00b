with jobs as (
    select * from {{ ref('fct_job_attempts') }}
),

repositories as (
    select * from {{ ref('dim_repositories') }}
),

counted as (
    select
        jobs.repository_key,
        repositories.team_key,
        jobs.repository,
        repositories.team,
        coalesce(jobs.runner_group_name, 'unknown') as runner_group_name,
        coalesce(jobs.runner_labels, '[]') as runner_labels,
        coalesce(jobs.run_created_date, jobs.created_date) as run_created_date,
        count(*) as job_count,
        count(jobs.queue_seconds) as queued_count,
        {{ exact_sum('jobs.queue_seconds') }} as queue_seconds,
        {{ percentile('jobs.queue_seconds', 0.5) }} as queue_time_median_seconds,
        {{ percentile('jobs.queue_seconds', 0.95) }} as queue_time_p95_seconds,
        {{ exact_sum('jobs.duration_seconds') }} as duration_seconds
    from jobs
    inner join repositories
        on jobs.repository_key = repositories.repository_key
    group by
        jobs.repository_key, repositories.team_key, jobs.repository, repositories.team,
        coalesce(jobs.runner_group_name, 'unknown'), coalesce(jobs.runner_labels, '[]'),
        coalesce(jobs.run_created_date, jobs.created_date)
),

final as (
    select
        {{ surrogate_key([
            'repository_key', 'runner_group_name', 'runner_labels', 'run_created_date'
        ]) }} as queue_times_daily_key,
        *
    from counted
)

select * from final
