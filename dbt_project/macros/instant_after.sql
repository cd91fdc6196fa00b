{# End of something: as told, else its begin and the seconds it took. Whole milliseconds. #}
{% macro instant_after(begin, seconds, told) -%}
    {%- if adapter is defined -%}
        {{ adapter.dispatch('instant_after', 'testops')(begin, seconds, told) }}
    {%- else -%}
        {{ duckdb__instant_after(begin, seconds, told) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__instant_after(begin, seconds, told) -%}
    cast(coalesce(
        {{ told }}, {{ begin }} + to_milliseconds(cast({{ seconds }} * 1000 as bigint))
    ) as timestamp)
{%- endmacro %}

{% macro spark__instant_after(begin, seconds, told) -%}
    cast(coalesce(
        {{ told }}, timestampadd(millisecond, cast({{ seconds }} * 1000 as bigint), {{ begin }})
    ) as timestamp)
{%- endmacro %}
