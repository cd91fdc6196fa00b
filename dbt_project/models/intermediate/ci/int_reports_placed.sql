with reports as (
    select * from {{ ref('int_reports_gathered') }}
),

candidates as (
    select * from {{ ref('int_report_candidates_found') }}
),

jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

artifacts as (
    select * from {{ ref('stg_github_actions__artifacts') }}
),

attempts as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

-- What the file belongs to, the surest sign first: job, artifact, run.
targeted as (
    select
        reports.*,
        coalesce(of_job.link_rule, of_artifact.link_rule, of_run.link_rule) as target_rule,
        coalesce(of_job.repository, of_artifact.repository, of_run.repository)
            as target_repository,
        coalesce(of_job.vendor, of_artifact.vendor, of_run.vendor) as target_vendor,
        jobs.job_attempt_key,
        coalesce(jobs.run_id, artifacts.run_id, of_run.target_id) as target_run_id,
        coalesce(jobs.run_attempt, reports.run_attempt) as target_run_attempt,
        coalesce(reports.artifact_name, artifacts.artifact_name) as known_artifact_name,
        artifacts.created_at as artifact_created_at
    from reports
    left join candidates as of_job
        on
            reports.kind = of_job.kind
            and reports.report_id = of_job.report_id
            and of_job.target_kind = 'job'
    left join jobs
        on
            of_job.vendor = jobs.vendor
            and of_job.repository = jobs.repository
            and of_job.target_id = jobs.job_id
    left join candidates as of_artifact
        on
            reports.kind = of_artifact.kind
            and reports.report_id = of_artifact.report_id
            and of_artifact.target_kind = 'artifact'
    left join artifacts
        on
            of_artifact.vendor = artifacts.vendor
            and of_artifact.repository = artifacts.repository
            and of_artifact.target_id = artifacts.artifact_id
    left join candidates as of_run
        on
            reports.kind = of_run.kind
            and reports.report_id = of_run.report_id
            and of_run.target_kind = 'run'
),

-- An artifact keeps the number of its run only: the attempt is the one it was made in.
attempts_matched as (
    select
        targeted.kind,
        targeted.report_id,
        attempts.workflow_run_attempt_key,
        attempts.head_sha,
        attempts.run_attempt,
        coalesce(attempts.is_first_attempt and attempts.is_final_attempt, false)
            as is_only_attempt,
        coalesce(targeted.target_run_attempt = attempts.run_attempt, false) as is_named_attempt,
        coalesce(
            targeted.artifact_created_at >= attempts.run_started_at
            and targeted.artifact_created_at < coalesce(
                attempts.next_attempt_started_at, timestamp '9999-12-31 00:00:00'
            ),
            false
        ) as is_in_time
    from targeted
    inner join attempts
        on
            targeted.target_vendor = attempts.vendor
            and targeted.target_repository = attempts.repository
            and targeted.target_run_id = attempts.run_id
),

attempts_ranked as (
    select
        kind,
        report_id,
        workflow_run_attempt_key,
        head_sha,
        case
            when is_named_attempt or is_only_attempt then ''
            when is_in_time then '+artifact_time'
            else '+final_attempt'
        end as attempt_rule,
        row_number() over (
            partition by kind, report_id
            order by is_named_attempt desc, is_in_time desc, run_attempt desc
        ) as attempt_rank
    from attempts_matched
),

final as (
    select
        targeted.kind,
        targeted.report_id,
        targeted.locator,
        coalesce(targeted.target_repository, targeted.repository) as repository,
        attempts_ranked.workflow_run_attempt_key,
        targeted.job_attempt_key,
        coalesce(attempts_ranked.head_sha, targeted.head_sha) as head_sha,
        targeted.known_artifact_name as artifact_name,
        targeted.content_sha256,
        case
            when attempts_ranked.report_id is null then 'none'
            else targeted.target_rule || attempts_ranked.attempt_rule
        end as run_link_rule,
        targeted.artifact_created_at,
        targeted.reported_at,
        targeted.loaded_at
    from targeted
    left join attempts_ranked
        on
            targeted.kind = attempts_ranked.kind
            and targeted.report_id = attempts_ranked.report_id
            and attempts_ranked.attempt_rank = 1
)

select * from final
