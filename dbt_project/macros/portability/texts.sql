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

{# A member of a JSON object as JSON text; NULL where it has none. #}
{% macro json_member(expression, name) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('json_member', 'testops')(expression, name) }}
    {%- else -%}
        {{ duckdb__json_member(expression, name) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__json_member(expression, name) -%}
    cast(json_extract({{ expression }}, '$.{{ name }}') as string)
{%- endmacro %}

{% macro spark__json_member(expression, name) -%}
    get_json_object({{ expression }}, '$.{{ name }}')
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
    regexp_replace({{ expression }}, r'{{ pattern }}', '{{ replacement | replace('\\', '$') }}')
{%- endmacro %}

{# The n-th match (1 is the first, -1 the last) of a whole regular expression; NULL beyond them. #}
{% macro regex_match(expression, pattern, position) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('regex_match', 'testops')(expression, pattern, position) }}
    {%- else -%}
        {{ duckdb__regex_match(expression, pattern, position) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__regex_match(expression, pattern, position) -%}
    list_extract(regexp_extract_all({{ expression }}, '{{ pattern }}'), {{ position }})
{%- endmacro %}

{% macro spark__regex_match(expression, pattern, position) -%}
    try_element_at(regexp_extract_all({{ expression }}, r'{{ pattern }}', 0), {{ position }})
{%- endmacro %}
