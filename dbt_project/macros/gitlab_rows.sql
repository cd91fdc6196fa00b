{#
    Rows of a raw table of GitLab with `known_repository`, the path that their project has now. A
    row of a list below a merge request says its project only in its address, so `is_below_request`
    asks the merge request before the row itself.
#}
{% macro gitlab_rows(table, is_below_request=false) -%}
    select
        things.*,
        coalesce(
            projects.repository,
            {{ 'requests.repository,' if is_below_request else '' }}
            things.repository,
            'project ' || things.project_id
        ) as known_repository
    from {{ source('raw_gitlab_ci', table) }} as things
    left join ({{ gitlab_newest_names('projects', 'server, project_id') }}) as projects
        on things.server = projects.server and things.project_id = projects.project_id
    {%- if is_below_request %}
    left join (
        {{ gitlab_newest_names('merge_requests', 'server, project_id, number') }}
    ) as requests
        on
            things.server = requests.server
            and things.project_id = requests.project_id
            and things.number = requests.number
    {%- endif %}
{%- endmacro %}

{% macro gitlab_newest_names(table, key) -%}
    select
        {{ key }},
        max_by(repository, cast(loaded_at as string) || repository) as repository
    from {{ source('raw_gitlab_ci', table) }}
    group by {{ key }}
{%- endmacro %}
