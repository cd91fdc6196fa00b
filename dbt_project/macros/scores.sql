{# Where a value stands between the worst and the best, 0 to 1; NULL stays NULL. #}
{% macro level(value, best, worst) -%}
    case
        when ({{ value }}) is not null
            then least(greatest(
                (cast({{ worst }} as double) - ({{ value }}))
                / (cast({{ worst }} as double) - {{ best }}), 0
            ), 1)
    end
{%- endmacro %}

{# Band of a score of 0 to 100. #}
{% macro score_band(score) -%}
    case
        when ({{ score }}) is null then 'insufficient_data'
        when ({{ score }}) >= 80 then 'stable'
        when ({{ score }}) >= 60 then 'watch'
        when ({{ score }}) >= 40 then 'degraded'
        else 'critical'
    end
{%- endmacro %}
