{# Times and dates, dispatched by engine; see aggregates.sql. #}

{# Seconds, with their fraction, between two timestamps. #}
{% macro seconds_between(earlier, later) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('seconds_between', 'testops')(earlier, later) }}
    {%- else -%}
        {{ duckdb__seconds_between(earlier, later) }}
    {%- endif -%}
{%- endmacro %}

{# Seconds from one moment to a later one; NULL where the later one is missing or was before it. #}
{% macro span_seconds(earlier, later) -%}
    case when {{ later }} >= {{ earlier }} then {{ seconds_between(earlier, later) }} end
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    (date_diff('microsecond', {{ earlier }}, {{ later }}) / 1000000.0e0)
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    ((unix_micros({{ later }}) - unix_micros({{ earlier }})) / 1000000.0e0)
{%- endmacro %}

{# A timestamp as a text that sorts as it does: one of a full second is before those within it. #}
{% macro sortable_time(timestamp) -%}
    rpad(
        cast({{ timestamp }} as string)
        || case when length(cast({{ timestamp }} as string)) = 19 then '.' else '' end, 26, '0'
    )
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

{# The date a number of days later: a whole number or a column of whole numbers. #}
{% macro days_after(date, days) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('days_after', 'testops')(date, days) }}
    {%- else -%}
        {{ duckdb__days_after(date, days) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__days_after(date, days) -%}
    cast({{ date }} + to_days(cast({{ days }} as integer)) as date)
{%- endmacro %}

{% macro spark__days_after(date, days) -%}
    date_add({{ date }}, cast({{ days }} as int))
{%- endmacro %}

{# First day of the week of a date; `first_day_of_week` names the weekday. #}
{% macro week_start(date) -%}
    {%- set days = 0 if adapter is not defined else [
        'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'
    ].index(var('first_day_of_week')) -%}
    {%- if days == 0 -%}
        {{ iso_week_start(date) }}
    {%- else -%}
        {{ days_after(iso_week_start(days_after(date, -days)), days) }}
    {%- endif -%}
{%- endmacro %}

{# Monday of the ISO week of a date, on whatever day the weeks of the business begin. #}
{% macro iso_week_start(date) -%}
    cast(date_trunc('week', {{ date }}) as date)
{%- endmacro %}

{# Day of the ISO week of a date: 1 is Monday, 7 is Sunday. #}
{% macro day_of_iso_week(date) -%}
    ({{ days_between(iso_week_start(date), date) }} + 1)
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
