{#
    The rows of several models one below the other: the same columns by name, whatever their order
    and whatever else a model has. SQL alone unites by position, where two texts change places
    without a word. A vendor is added by naming its staging model.
#}
{% macro united_rows(columns, models) -%}
    {%- set selects = [] -%}
    {%- for model in models -%}
        {%- do selects.append('select ' ~ columns | join(', ') ~ ' from ' ~ ref(model)) -%}
    {%- endfor -%}
    {{ selects | join(' union all ') }}
{%- endmacro %}
