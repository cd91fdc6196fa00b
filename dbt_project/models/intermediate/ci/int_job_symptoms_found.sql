-- Timelines of Azure DevOps name their build alone.
with azure_builds as (
    select
        server,
        run_id as build_id,
        min(repository) as repository
    from {{ ref('int_builds_placed') }}
    where vendor = 'azure_devops'
    group by server, run_id
),

azure_jobs as (
    select
        azure_builds.repository,
        jobs.server,
        jobs.job_id,
        jobs.cancel_reason
    from {{ ref('stg_azure_devops__jobs') }} as jobs
    inner join azure_builds
        on
            jobs.server = azure_builds.server
            and jobs.build_id = azure_builds.build_id
),

azure_steps as (
    select
        azure_jobs.repository,
        steps.*
    from {{ ref('stg_azure_devops__steps') }} as steps
    inner join azure_jobs
        on
            steps.server = azure_jobs.server
            and steps.job_id = azure_jobs.job_id
),

steps as (
    select
        'github_actions' as vendor,
        repository,
        job_id,
        step_number,
        step_name
    from {{ ref('stg_github_actions__job_steps') }}
    where lower(vendor_conclusion) in ('failure', 'timed_out')
    union all
    select
        'azure_devops' as vendor,
        repository,
        job_id,
        step_number,
        step_name
    from azure_steps
    where lower(vendor_conclusion) = 'failed'
),

annotations as (
    select
        'github_actions' as vendor,
        repository,
        job_id,
        message
    from {{ ref('stg_github_actions__job_annotations') }}
    where message is not null
    union all
    select
        'azure_devops' as vendor,
        repository,
        job_id,
        error_message as message
    from azure_steps
    where error_message is not null
    union all
    select
        'azure_devops' as vendor,
        repository,
        job_id,
        cancel_reason as message
    from azure_jobs
    where cancel_reason is not null
),

failing_steps as (
    select
        vendor,
        repository,
        job_id,
        min(step_number) as step_number,
        min_by(step_name, step_number) as step_name
    from steps
    group by vendor, repository, job_id
),

texts as (
    select
        vendor,
        repository,
        job_id,
        {{ sorted_text('message', ' | ') }} as annotation_text
    from annotations
    group by vendor, repository, job_id
),

final as (
    select
        coalesce(failing_steps.vendor, texts.vendor) as vendor,
        coalesce(failing_steps.repository, texts.repository) as repository,
        coalesce(failing_steps.job_id, texts.job_id) as job_id,
        failing_steps.step_number,
        failing_steps.step_name,
        texts.annotation_text
    from failing_steps
    full join texts
        on
            failing_steps.vendor = texts.vendor
            and failing_steps.repository = texts.repository
            and failing_steps.job_id = texts.job_id
)

select * from final
