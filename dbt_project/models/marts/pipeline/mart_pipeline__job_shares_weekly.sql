with jobs as (
    select * from {{ ref('fct_job_attempts') }}
    where duration_seconds is not null and run_created_date is not null
),

paths as (
    select * from {{ ref('fct_critical_path_jobs') }}
),

placed as (
    select
        jobs.repository_key,
        jobs.repository,
        jobs.workflow_run_attempt_key,
        coalesce(jobs.workflow_name, 'unknown') as workflow_name,
        jobs.stage_name,
        jobs.job_name,
        jobs.duration_seconds,
        case when paths.job_attempt_key is not null then jobs.duration_seconds end
            as path_seconds,
        paths.waiting_seconds,
        paths.test_seconds,
        jobs.run_created_date
    from jobs
    left join paths
        on jobs.job_attempt_key = paths.job_attempt_key
),

-- Where jobs tell their stage, a stage is its jobs; else it is what the vendor says of it.
staged_runs as (
    select workflow_run_attempt_key
    from placed
    where stage_name is not null
    group by workflow_run_attempt_key
),

parts as (
    select
        'job' as grain,
        *
    from placed
    union all
    select
        'stage' as grain,
        repository_key,
        repository,
        workflow_run_attempt_key,
        workflow_name,
        stage_name,
        cast(null as string) as job_name,
        duration_seconds,
        path_seconds,
        waiting_seconds,
        test_seconds,
        run_created_date
    from placed
    where stage_name is not null
    union all
    select
        'stage' as grain,
        vendor_stages.repository_key,
        vendor_stages.repository,
        vendor_stages.workflow_run_attempt_key,
        coalesce(vendor_stages.workflow_name, 'unknown') as workflow_name,
        vendor_stages.stage_name,
        cast(null as string) as job_name,
        vendor_stages.duration_seconds,
        cast(null as double) as path_seconds,
        cast(null as double) as waiting_seconds,
        cast(null as double) as test_seconds,
        vendor_stages.run_created_date
    from {{ ref('fct_stage_attempts') }} as vendor_stages
    left join staged_runs
        on vendor_stages.workflow_run_attempt_key = staged_runs.workflow_run_attempt_key
    where
        vendor_stages.duration_seconds is not null
        and vendor_stages.run_created_date is not null
        and staged_runs.workflow_run_attempt_key is null
),

counted as (
    select
        grain,
        repository_key,
        min(repository) as repository,
        workflow_name,
        stage_name,
        job_name,
        {{ week_start('run_created_date') }} as week_start_date,
        count(*) as job_count,
        count(path_seconds) as path_job_count,
        {{ exact_sum('duration_seconds') }} as duration_seconds,
        {{ exact_sum('path_seconds') }} as path_seconds,
        {{ exact_sum('waiting_seconds') }} as path_waiting_seconds,
        {{ exact_sum('test_seconds') }} as path_test_seconds
    from parts
    group by
        grain, repository_key, workflow_name, stage_name, job_name,
        {{ week_start('run_created_date') }}
),

totals as (
    select
        grain,
        repository_key,
        workflow_name,
        week_start_date,
        {{ exact_sum('duration_seconds') }} as workflow_duration_seconds,
        {{ exact_sum('path_seconds') }} as workflow_path_seconds
    from counted
    group by grain, repository_key, workflow_name, week_start_date
),

final as (
    select
        {{ surrogate_key([
            'counted.grain', 'counted.repository_key', 'counted.workflow_name',
            'counted.stage_name', 'counted.job_name', 'counted.week_start_date'
        ]) }} as job_share_key,
        counted.repository_key,
        counted.grain,
        counted.repository,
        counted.workflow_name,
        counted.stage_name,
        counted.job_name,
        counted.job_count,
        counted.path_job_count,
        counted.duration_seconds,
        totals.workflow_duration_seconds,
        counted.duration_seconds / nullif(totals.workflow_duration_seconds, 0)
            as duration_share_ratio,
        counted.path_seconds,
        totals.workflow_path_seconds,
        counted.path_seconds / nullif(totals.workflow_path_seconds, 0) as path_share_ratio,
        counted.path_waiting_seconds,
        counted.path_test_seconds,
        counted.week_start_date
    from counted
    inner join totals
        on
            counted.grain = totals.grain
            and counted.repository_key = totals.repository_key
            and counted.workflow_name = totals.workflow_name
            and counted.week_start_date = totals.week_start_date
)

select * from final
