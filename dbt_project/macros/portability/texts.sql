{# Texts and JSON, dispatched by engine; see aggregates.sql. #}

{# One row for each text of a JSON list, as a column of a select list; no row for NULL and []. #}
{% macro json_texts(expression) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('json_texts', 'testops')(expression) }}
    {%- else -%}
        {{ duckdb__json_texts(expression) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__json_texts(expression) -%}
    unnest(cast(json_extract({{ expression }}, '$') as string []))
{%- endmacro %}

{% macro spark__json_texts(expression) -%}
    explode(from_json({{ expression }}, 'array<string>'))
{%- endmacro %}

{# First text of a JSON list, NULL for NULL and []. #}
{% macro json_first(expression) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('json_first', 'testops')(expression) }}
    {%- else -%}
        {{ duckdb__json_first(expression) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__json_first(expression) -%}
    json_extract_string({{ expression }}, '$[0]')
{%- endmacro %}

{% macro spark__json_first(expression) -%}
    get_json_object({{ expression }}, '$[0]')
{%- endmacro %}

{# First match of a regular expression's group; NULL where nothing matches. #}
{% macro regex_group(expression, pattern, group) -%}
    nullif(regexp_extract({{ expression }}, '{{ pattern }}', {{ group }}), '')
{%- endmacro %}

{# Replace every match of a regular expression. #}
{% macro regex_replace(expression, pattern, replacement) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('regex_replace', 'testops')(expression, pattern, replacement) }}
    {%- else -%}
        {{ duckdb__regex_replace(expression, pattern, replacement) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__regex_replace(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__regex_replace(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, r'{{ pattern }}', '{{ replacement }}')
{%- endmacro %}
