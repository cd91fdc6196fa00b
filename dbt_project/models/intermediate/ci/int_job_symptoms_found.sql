with steps as (
    select * from {{ ref('stg_github_actions__job_steps') }}
    where lower(vendor_conclusion) in ('failure', 'timed_out')
),

annotations as (
    select * from {{ ref('stg_github_actions__job_annotations') }}
    where message is not null
),

failing_steps as (
    select
        repository,
        job_id,
        min(step_number) as step_number,
        min_by(step_name, step_number) as step_name
    from steps
    group by repository, job_id
),

texts as (
    select
        repository,
        job_id,
        {{ sorted_text('message', ' | ') }} as annotation_text
    from annotations
    group by repository, job_id
),

final as (
    select
        'github_actions' as vendor,
        coalesce(failing_steps.repository, texts.repository) as repository,
        coalesce(failing_steps.job_id, texts.job_id) as job_id,
        failing_steps.step_number,
        failing_steps.step_name,
        texts.annotation_text
    from failing_steps
    full join texts
        on
            failing_steps.repository = texts.repository
            and failing_steps.job_id = texts.job_id
)

select * from final
