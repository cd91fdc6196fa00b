{# Statistics that several models need. #}

{# End of the 95 % interval of a rank correlation of n pairs; `side` is + or -. #}
{% macro fisher_limit(correlation, n, side) -%}
    tanh(
        0.5e0 * ln((1 + {{ correlation }}) / (1 - {{ correlation }}))
        {{ side }} 1.959964e0 * sqrt(1.06e0 / ({{ n }} - 3))
    )
{%- endmacro %}
