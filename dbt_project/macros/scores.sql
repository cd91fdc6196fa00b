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

{# Band of a score of 0 to 100; the limits of the rule `score_band` are columns of their names. #}
{% macro score_band(score) -%}
    case
        when ({{ score }}) is null then 'insufficient_data'
        when ({{ score }}) >= stable_from then 'stable'
        when ({{ score }}) >= watch_from then 'watch'
        when ({{ score }}) >= degraded_from then 'degraded'
        else 'critical'
    end
{%- endmacro %}

{#
    Percentile of a number among the rows of a partition that have one, 0 to 100, greater numbers
    higher; ties at their mean rank. NULL for NULL, and for one that is alone.
#}
{% macro percentile_rank(value, partition) -%}
    case
        when {{ value }} is not null
            then round(100.0e0 * (
                rank() over (
                    partition by {{ partition }}, {{ value }} is null order by {{ value }}
                ) - 1
                + (count(*) over (partition by {{ partition }}, {{ value }}) - 1) / 2.0e0
            ) / nullif(count({{ value }}) over (partition by {{ partition }}) - 1, 0), 9)
    end
{%- endmacro %}

{# Name of a band, of 4 for the best to 1 for the worst; NULL is too little to judge by. #}
{% macro band_name(band_order) -%}
    case {{ band_order }}
        when 4 then 'stable'
        when 3 then 'watch'
        when 2 then 'degraded'
        when 1 then 'critical'
        else 'insufficient_data'
    end
{%- endmacro %}
