{#
    Rows of a raw table of another source with `known_repository`, the name that the home of the
    code gives today to what they call `repository`.

    Clones, checkouts, records and tables say the name of the day on which they were read. What a
    renamed repository was called before leads to it here, as it does for the rows of the vendor
    itself: without this its history would be that of a second one.
#}
{% macro known_repository_rows(source_name, table) -%}
    select
        things.*,
        coalesce(names.known_repository, things.repository) as known_repository
    from {{ source(source_name, table) }} as things
    left join ({{ known_repository_names() }}) as names
        on things.repository = names.repository
{%- endmacro %}

{# A name that several repositories had, of one vendor or of two, stands for itself. #}
{% macro known_repository_names() -%}
    select
        repository,
        min(newest_name) as known_repository
    from (
        select
            names.repository,
            newest.repository as newest_name
        from ({{ github_repositories_by_name() }}) as names
        inner join ({{ github_newest_names() }}) as newest
            on
                names.only_repository_id = newest.repository_id
                and names.host = newest.host
        union all
        select
            names.repository,
            newest.repository as newest_name
        from ({{ gitlab_projects_by_name() }}) as names
        inner join ({{ gitlab_newest_names('projects', 'server, project_id') }}) as newest
            on
                names.only_server = newest.server
                and names.only_project_id = newest.project_id
    ) as told
    group by repository
    having count(distinct newest_name) = 1
{%- endmacro %}

{% macro gitlab_projects_by_name() -%}
    select
        repository,
        min(server) as only_server,
        min(project_id) as only_project_id
    from {{ source('raw_gitlab_ci', 'projects') }}
    where project_id is not null and repository is not null
    group by repository
    having count(distinct concat_ws(' ', server, cast(project_id as string))) = 1
{%- endmacro %}
