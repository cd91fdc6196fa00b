{#
    Rows of a raw table of GitHub with `known_repository`, the name that their repository has today.

    A repository that was renamed keeps its id, and what is read of it from then on has the new name:
    without this a run, a deployment or a pull request that is seen again would be a second one. A
    name that several repositories had, one after the other, stands for itself.
#}
{% macro github_rows(table) -%}
    select
        things.*,
        coalesce(newest.repository, things.repository) as known_repository
    from {{ source('raw_github_actions', table) }} as things
    left join ({{ github_repositories_by_name() }}) as names
        on things.repository = names.repository
    left join ({{ github_newest_names() }}) as newest
        on
            names.only_repository_id = newest.repository_id
            and names.host = newest.host
{%- endmacro %}

{#
    The head repository of a thing as the newest version that named one did, from `heads`. GitHub
    names none once a fork was deleted (`gone` is what is found in the payload then): it is not known
    which it was, but it was another than the repository itself.
#}
{% macro github_head_repository(newest, gone) -%}
    coalesce(
        heads.head_repository,
        case when {{ newest }}.payload like '%{{ gone }}%' then '(deleted fork)' end
    )
{%- endmacro %}

{#
    Head repositories that versions of things named, by `key`. What comes from the repository itself
    comes from no fork, whatever its name was then.
#}
{% macro github_named_heads(key) -%}
    select
        {{ key | join(', ') }},
        max_by(
            case when head_repository = repository then known_repository else head_repository end,
            concat_ws(' ', cast(updated_at as string), cast(loaded_at as string), head_repository)
        ) as head_repository
    from source
    where head_repository is not null
    group by {{ key | join(', ') }}
{%- endmacro %}

{% macro github_repositories_by_name() -%}
    select
        repository,
        min(repository_id) as only_repository_id,
        min({{ github_host() }}) as host
    from {{ source('raw_github_actions', 'repositories') }}
    where repository_id is not null
    group by repository
    having count(distinct repository_id) = 1
{%- endmacro %}

{% macro github_newest_names() -%}
    select
        repository_id,
        {{ github_host() }} as host,
        max_by(
            repository,
            coalesce(cast(updated_at as string), '0') || cast(loaded_at as string) || repository
        ) as repository
    from {{ source('raw_github_actions', 'repositories') }}
    where repository_id is not null
    group by repository_id, {{ github_host() }}
{%- endmacro %}

{# Ids are those of one server. #}
{% macro github_host() -%}
    coalesce({{ regex_group('html_url', '^https?://([^/]+)/', 1) }}, '')
{%- endmacro %}
