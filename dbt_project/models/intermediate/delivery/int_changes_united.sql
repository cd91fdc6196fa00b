{{ config(materialized='table') }}

{#- Pull requests and merge requests. A vendor adds a staging model with these columns;
    `merge_commit_sha` is what landed on the base branch, however it was merged. -#}
{{ united_rows(
    [
        'vendor', 'repository', 'pull_request_number', 'title', 'state', 'author_login',
        'author_type', 'head_ref', 'head_sha', 'head_repository', 'base_ref', 'base_sha',
        'merge_commit_sha', 'labels', 'html_url', 'added_line_count', 'deleted_line_count', 'changed_file_count',
        'is_draft', 'created_at', 'updated_at', 'closed_at', 'merged_at', 'loaded_at',
    ],
    [
        'stg_github_actions__pull_requests',
        'stg_gitlab_ci__merge_requests',
    ],
    imported='stg_imports__changes',
    key=['vendor', 'repository', 'pull_request_number'],
) }}
