{# Rows for days and quarter hours, dispatched by engine; see aggregates.sql. #}

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

{# Begin of the quarter hour of a timestamp. #}
{% macro quarter_start(timestamp) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('quarter_start', 'testops')(timestamp) }}
    {%- else -%}
        {{ duckdb__quarter_start(timestamp) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__quarter_start(timestamp) -%}
    time_bucket(interval 15 minute, {{ timestamp }})
{%- endmacro %}

{% macro spark__quarter_start(timestamp) -%}
    date_trunc('hour', {{ timestamp }})
    + make_dt_interval(0, 0, 15 * cast(floor(minute({{ timestamp }}) / 15) as int), 0)
{%- endmacro %}

{# One row for each quarter hour that two timestamps touch, as a column of a select list. #}
{% macro each_quarter(first_time, last_time) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('each_quarter', 'testops')(first_time, last_time) }}
    {%- else -%}
        {{ duckdb__each_quarter(first_time, last_time) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__each_quarter(first_time, last_time) -%}
    unnest(generate_series(
        {{ quarter_start(first_time) }}, {{ quarter_start(last_time) }}, interval 15 minute
    ))
{%- endmacro %}

{% macro spark__each_quarter(first_time, last_time) -%}
    explode(sequence(
        {{ quarter_start(first_time) }}, {{ quarter_start(last_time) }}, interval 15 minute
    ))
{%- endmacro %}
