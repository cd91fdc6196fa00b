{# Times and dates, dispatched by engine; see aggregates.sql. #}

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
    ((unix_micros({{ later }}) - unix_micros({{ earlier }})) / 1000000.0e0)
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

{# The date a number of days later. #}
{% macro days_after(date, days) -%}
    cast({{ date }} + interval {{ days }} day as date)
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

{# A UTC timestamp as the clocks of the business time zone show it. #}
{% macro business_time(timestamp) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('business_time', 'testops')(timestamp, var('business_time_zone')) }}
    {%- else -%}
        {{ duckdb__business_time(timestamp, 'UTC') }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__business_time(timestamp, zone) -%}
    {%- if zone == 'UTC' -%}
        {{ timestamp }}
    {%- else -%}
        timezone('{{ zone }}', timezone('UTC', {{ timestamp }}))
    {%- endif -%}
{%- endmacro %}

{% macro spark__business_time(timestamp, zone) -%}
    from_utc_timestamp({{ timestamp }}, '{{ zone }}')
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
