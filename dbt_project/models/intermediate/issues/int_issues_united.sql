{#- A vendor adds a model with these columns. -#}
{%- set columns = [
    'vendor', 'repository', 'issue_id', 'labels', 'created_at', 'closed_at', 'loaded_at',
] -%}
{%- set models = [
    'int_github_issues_listed',
    'int_gitlab_issues_listed',
] -%}
with final as (
    {{ united_rows(columns, models) }}
)

select * from final
