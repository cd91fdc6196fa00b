{#
    What DuckDB and Spark spell differently, one macro a thing, dispatched by engine. SQLFluff
    renders templates without an adapter: there the DuckDB form is taken.
#}

{# Continuous quantile of a number; NULL for no rows. #}
{% macro percentile(expression, fraction) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('percentile', 'testops')(expression, fraction) }}
    {%- else -%}
        {{ duckdb__percentile(expression, fraction) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__percentile(expression, fraction) -%}
    quantile_cont({{ expression }}, {{ fraction }})
{%- endmacro %}

{% macro spark__percentile(expression, fraction) -%}
    percentile({{ expression }}, {{ fraction }})
{%- endmacro %}

{# Texts of a group in one, sorted by themselves, so that the same rows give the same text. #}
{% macro sorted_text(expression, separator) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('sorted_text', 'testops')(expression, separator) }}
    {%- else -%}
        {{ duckdb__sorted_text(expression, separator) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__sorted_text(expression, separator) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{% macro spark__sorted_text(expression, separator) -%}
    case when count({{ expression }}) > 0 then
        array_join(array_sort(collect_list({{ expression }})), '{{ separator }}')
    end
{%- endmacro %}

{#
    One text for the rows of a group, whatever their order: it is another one when a value of the
    columns is, or a row came twice.
#}
{% macro rows_hash(columns) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('rows_hash', 'testops')(columns) }}
    {%- else -%}
        {{ duckdb__rows_hash(columns) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__rows_hash(columns) -%}
    cast(sum(hash({{ columns | join(', ') }})) as string)
{%- endmacro %}

{% macro spark__rows_hash(columns) -%}
    cast(sum(cast(xxhash64({{ columns | join(', ') }}) as decimal(38, 0))) as string)
{%- endmacro %}

{#
    Sum of numbers with a fraction, to the microsecond: floating sums depend on the order of the
    rows, and the same rows must give the same sum.
#}
{% macro exact_sum(expression, condition=none) -%}
    cast(sum(try_cast({{ expression }} as decimal(18, 6)))
    {%- if condition %} filter (where {{ condition }}){% endif %} as double)
{%- endmacro %}

{# One row for each whole number between two, both ends kept, as a column of a select list. #}
{% macro each_integer(first, last) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('each_integer', 'testops')(first, last) }}
    {%- else -%}
        {{ duckdb__each_integer(first, last) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__each_integer(first, last) -%}
    unnest(generate_series({{ first }}, {{ last }}))
{%- endmacro %}

{% macro spark__each_integer(first, last) -%}
    explode(sequence({{ first }}, {{ last }}))
{%- endmacro %}
