{#- A vendor adds a staging model with these columns, and its words to the seed result_words.
    `created_at` is when the job could run: where its queue starts. -#}
{%- set columns = [
    'vendor', 'repository', 'run_id', 'run_attempt', 'job_id', 'workflow_name', 'job_name',
    'stage_name', 'vendor_status', 'vendor_conclusion', 'retried_from_job_id', 'head_branch',
    'head_sha', 'labels', 'runner_name', 'runner_group_name', 'html_url', 'vendor_queue_seconds',
    'coverage_percent', 'is_allowed_to_fail', 'is_manual', 'created_at', 'started_at',
    'completed_at', 'loaded_at',
] -%}
{%- set models = [
    'stg_github_actions__workflow_jobs',
    'stg_gitlab_ci__jobs',
    'int_build_jobs_placed',
    'int_imported_jobs_listed',
] -%}
with united as (
    {{ united_rows(columns, models) }}
),

words as (
    select * from {{ ref('result_words') }}
),

-- What is still on its way has no result, whatever an earlier conclusion said.
final as (
    select
        united.*,
        case
            when status_words.result = 'running' then 'running'
            else coalesce(
                conclusion_words.result,
                status_words.result,
                own_words.result,
                case when united.vendor_conclusion is null then 'running' else 'neutral' end
            )
        end as result
    from united
    left join words as status_words
        on
            united.vendor = status_words.vendor
            and lower(united.vendor_status) = status_words.vendor_word
    left join words as conclusion_words
        on
            united.vendor = conclusion_words.vendor
            and lower(united.vendor_conclusion) = conclusion_words.vendor_word
    -- A vendor that only imports know speaks our own words.
    left join words as own_words
        on
            own_words.vendor = 'import'
            and lower(united.vendor_conclusion) = own_words.vendor_word
)

select * from final
