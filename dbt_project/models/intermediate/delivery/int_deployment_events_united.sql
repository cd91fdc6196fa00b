{{ config(materialized='table') }}

{#- A vendor adds a staging model with these columns, and its words to the seed result_words. -#}
{%- set columns = [
    'vendor', 'repository', 'deployment_id', 'sha', 'ref', 'vendor_environment', 'vendor_status',
    'outcome_word', 'is_named_by_hand', 'created_at', 'started_at', 'finished_at', 'updated_at', 'loaded_at',
] -%}
{%- set models = [
    'int_github_deployments_ended',
    'stg_gitlab_ci__deployments',
    'int_handmade_deployments_placed',
] -%}
{%- set key = ['vendor', 'repository', 'deployment_id'] -%}
with united as (
    {{ united_rows(columns, models, 'stg_imports__deployments', key) }}
),

words as (
    select * from {{ ref('result_words') }}
),

final as (
    select
        united.*,
        case
            when coalesce(said_words.result, own_words.result) = 'success' then 'success'
            when
                coalesce(said_words.result, own_words.result)
                in ('failure', 'timed_out', 'startup_failure')
                then 'failure'
            else 'unfinished'
        end as result
    from united
    {{ joined_words('outcome_word') }}
)

select * from final
