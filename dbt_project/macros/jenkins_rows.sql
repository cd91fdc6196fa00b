{#
    Rows of a raw table of Jenkins that are of the newest build of their number: a job that is
    deleted and made anew counts from 1 again.
#}
{% macro jenkins_newest_builds(table, key) -%}
    select *
    from (
        select
            *,
            max(started_at) over (partition by {{ key }}) as last_started_at
        from {{ source('raw_jenkins', table) }}
    ) as dated
    where
        started_at is null
        or {{ seconds_between('started_at', 'last_started_at') }} < 3600
{%- endmacro %}

{#
    What the last version by `version_number` says that says anything of it. Several kinds of
    answers tell of the same thing: what the fullest one leaves open is filled from the others.
#}
{% macro fullest(expression) -%}
    max_by({{ expression }}, version_number) filter (where {{ expression }} is not null)
{%- endmacro %}
