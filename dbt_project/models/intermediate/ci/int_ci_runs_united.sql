{#- A vendor adds a staging model with these columns, and its words to the seed result_words. -#}
{%- set columns = [
    'vendor', 'repository', 'run_id', 'run_attempt', 'run_number', 'workflow_id', 'workflow_name',
    'workflow_path', 'event', 'vendor_status', 'vendor_conclusion', 'cancel_reason', 'head_branch',
    'head_sha', 'head_repository', 'actor_login', 'actor_type', 'triggering_actor_login',
    'pull_request_numbers', 'parent_run_id', 'html_url', 'vendor_duration_seconds',
    'coverage_percent', 'created_at', 'run_started_at', 'vendor_finished_at', 'updated_at',
    'loaded_at',
] -%}
{%- set models = [
    'stg_github_actions__workflow_runs',
    'stg_gitlab_ci__pipelines',
    'int_builds_placed',
    'stg_imports__runs',
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
