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
    array_join(array_sort(collect_list({{ expression }})), '{{ separator }}')
{%- endmacro %}

{# Seconds, with their fraction, between two timestamps. #}
{% macro seconds_between(earlier, later) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('seconds_between', 'testops')(earlier, later) }}
    {%- else -%}
        {{ duckdb__seconds_between(earlier, later) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    (date_diff('microsecond', {{ earlier }}, {{ later }}) / 1000000.0e0)
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    (timestampdiff(microsecond, {{ earlier }}, {{ later }}) / 1000000.0e0)
{%- endmacro %}

{# Whole days from one date to another. #}
{% macro days_between(earlier, later) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('days_between', 'testops')(earlier, later) }}
    {%- else -%}
        {{ duckdb__days_between(earlier, later) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{# Monday of the ISO week of a date. #}
{% macro week_start(date) -%}
    cast(date_trunc('week', {{ date }}) as date)
{%- endmacro %}

{# The day of a UTC timestamp in the business time zone. #}
{% macro business_date(timestamp) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('business_date', 'testops')(timestamp, var('business_time_zone')) }}
    {%- else -%}
        {{ duckdb__business_date(timestamp, 'UTC') }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__business_date(timestamp, zone) -%}
    {%- if zone == 'UTC' -%}
        cast({{ timestamp }} as date)
    {%- else -%}
        cast(timezone('{{ zone }}', timezone('UTC', {{ timestamp }})) as date)
    {%- endif -%}
{%- endmacro %}

{% macro spark__business_date(timestamp, zone) -%}
    cast(from_utc_timestamp({{ timestamp }}, '{{ zone }}') as date)
{%- endmacro %}

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

{# One row for each day between two dates, both ends kept, as a column of a select list. #}
{% macro each_day(first_date, last_date) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('each_day', 'testops')(first_date, last_date) }}
    {%- else -%}
        {{ duckdb__each_day(first_date, last_date) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__each_day(first_date, last_date) -%}
    cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date)
{%- endmacro %}

{% macro spark__each_day(first_date, last_date) -%}
    explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day))
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
