{{ config(materialized='table') }}

with reports as (
    select * from {{ ref('int_reports_placed') }}
),

attempts as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

attempt_jobs as (
    select
        attempts.workflow_run_attempt_key,
        jobs.job_attempt_key,
        jobs.job_name,
        {{ regex_replace('lower(jobs.job_name)', '[^a-z0-9]+', ' ') }} as job_words,
        jobs.started_at,
        jobs.completed_at,
        count(*) over (partition by attempts.workflow_run_attempt_key) as job_count
    from attempts
    inner join jobs
        on
            attempts.vendor = jobs.vendor
            and attempts.repository = jobs.repository
            and attempts.run_id = jobs.run_id
            and attempts.run_attempt = jobs.run_attempt
    where jobs.result <> 'skipped'
),

-- The job of an artifact: the one whose name it carries (the longest such name), else the only
-- job that ran when it was made.
job_candidates as (
    select
        reports.kind,
        reports.report_id,
        attempt_jobs.job_attempt_key,
        case
            when
                instr(
                    ' ' || {{ regex_replace('lower(reports.artifact_name)', '[^a-z0-9]+', ' ') }}
                    || ' ',
                    ' ' || trim(attempt_jobs.job_words) || ' '
                ) > 0
                then length(trim(attempt_jobs.job_words))
        end as name_length,
        coalesce(
            reports.artifact_created_at >= attempt_jobs.started_at
            and reports.artifact_created_at <= attempt_jobs.completed_at,
            false
        ) as is_in_time,
        attempt_jobs.job_count = 1 as is_only_job
    from reports
    inner join attempt_jobs
        on reports.workflow_run_attempt_key = attempt_jobs.workflow_run_attempt_key
    where reports.job_attempt_key is null
),

jobs_ranked as (
    select
        *,
        count(case when is_in_time then 1 end) over (partition by kind, report_id) as in_time_count,
        row_number() over (
            partition by kind, report_id
            order by name_length desc nulls last, is_in_time desc, job_attempt_key asc
        ) as job_rank
    from job_candidates
),

jobs_chosen as (
    select
        kind,
        report_id,
        job_attempt_key,
        case
            when name_length is not null then '+job_name_in_artifact'
            when is_only_job then '+only_job'
            else '+job_at_artifact_time'
        end as job_rule
    from jobs_ranked
    where
        job_rank = 1
        and (
            name_length is not null
            or is_only_job
            or (is_in_time and in_time_count = 1)
        )
),

final as (
    select
        reports.kind,
        reports.report_id,
        reports.locator,
        reports.repository,
        reports.workflow_run_attempt_key,
        coalesce(reports.job_attempt_key, jobs_chosen.job_attempt_key) as job_attempt_key,
        reports.head_sha,
        reports.artifact_name,
        reports.run_link_rule || coalesce(jobs_chosen.job_rule, '') as link_rule,
        -- The same bytes twice in one job (or, without a job, in one run attempt or repository)
        -- are one report.
        row_number() over (
            partition by
                reports.kind,
                reports.repository,
                reports.workflow_run_attempt_key,
                coalesce(reports.job_attempt_key, jobs_chosen.job_attempt_key),
                reports.content_sha256
            order by reports.locator
        ) > 1 as is_duplicate,
        reports.artifact_created_at,
        reports.reported_at,
        reports.loaded_at
    from reports
    left join jobs_chosen
        on
            reports.kind = jobs_chosen.kind
            and reports.report_id = jobs_chosen.report_id
)

select * from final
