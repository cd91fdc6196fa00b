{#
    Rows of runs once for each thing they belong to: workflow, repository, team and the whole. A
    row is counted in each of them, so sums over the grains mean nothing.
#}
{% macro grains_of_runs(runs) -%}
    {%- set workflow = "concat_ws(' · ', repository, workflow_name)" -%}
    {%- set grains = [
        ('workflow', 'workflow_key', workflow),
        ('repository', 'repository_key', 'repository'),
        ('team', 'team_key', 'team'),
        ('organisation', "'organisation'", "'organisation'"),
    ] -%}
    {%- for grain, key, entity in grains -%}
        select '{{ grain }}' as grain, {{ key }} as entity_key, {{ entity }} as entity, *
        from {{ runs }} where {{ key }} is not null
        {{- ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
