{# Statistics that several models need. #}

{# End of the 95 % interval of a rank correlation of n pairs; `side` is + or -. #}
{% macro fisher_limit(correlation, n, side) -%}
    round(tanh(
        0.5e0 * ln((1 + {{ correlation }}) / (1 - {{ correlation }}))
        {{ side }} 1.959964e0 * sqrt(1.06e0 / ({{ n }} - 3))
    ), 9)
{%- endmacro %}

{# Chance of log-odds. #}
{% macro logistic(log_odds) -%}
    (1.0e0 / (1.0e0 + exp(-({{ log_odds }}))))
{%- endmacro %}

{# Nine digits: what engines add in another order differs behind them. #}
{% macro nine_digits(value) -%}
    round({{ value }}, 9)
{%- endmacro %}

{#
    End of the Wilson 95 % interval of a share, to nine digits; NULL without observations. `side` is
    + or -. The constants are z², its half and its quarter: with fewer digits all of all would end
    beyond 1.
#}
{% macro wilson_limit(numerator, denominator, side) -%}
    case
        when {{ denominator }} > 0
            then round((
                {{ numerator }} + 1.920729440648e0
                {{ side }} 1.959964e0 * sqrt(
                    cast({{ numerator }} as double) * ({{ denominator }} - {{ numerator }})
                    / {{ denominator }} + 0.960364720324e0
                )
            ) / ({{ denominator }} + 3.841458881296e0), 9)
    end
{%- endmacro %}

{#
    Mean of numbers near 1, to 15 digits: a floating mean depends on the order of the rows. NULL
    is left out.
#}
{% macro exact_mean(expression) -%}
    (
        cast(sum(cast({{ expression }} as decimal(38, 15))) as double)
        / nullif(count({{ expression }}), 0)
    )
{%- endmacro %}

{#
    Chance of a standard normal value beyond |z| on either side, to within 2e-7 (Abramowitz and
    Stegun 1964, formula 26.2.17); NULL stays NULL.
#}
{% macro two_sided_p(z) -%}
    (
        2 * exp(-0.5e0 * ({{ z }}) * ({{ z }})) / sqrt(2 * pi())
        * (
            0.319381530e0 / (1 + 0.2316419e0 * abs({{ z }}))
            - 0.356563782e0 / pow(1 + 0.2316419e0 * abs({{ z }}), 2)
            + 1.781477937e0 / pow(1 + 0.2316419e0 * abs({{ z }}), 3)
            - 1.821255978e0 / pow(1 + 0.2316419e0 * abs({{ z }}), 4)
            + 1.330274429e0 / pow(1 + 0.2316419e0 * abs({{ z }}), 5)
        )
    )
{%- endmacro %}

{#
    The normal value, without its sign, that is as likely as a Student's t (Wallace 1959, to a tenth
    of the chance from 3 degrees on). `freedom` NULL: the spread was not measured, t is normal itself.
#}
{% macro normal_of_t(t, freedom) -%}
    case
        when {{ freedom }} is null then abs({{ t }})
        else
            (8 * {{ freedom }} + 1) / (8 * {{ freedom }} + 3)
            * sqrt({{ freedom }} * ln(1 + ({{ t }}) * ({{ t }}) / {{ freedom }}))
    end
{%- endmacro %}

{#
    A quantity where its spread does not hang on its size, in least spreads: seconds up to where
    `minimum_spread` of them is more than `minimum_seconds`, logarithms behind. What grows by whole
    events: twice the root of their number, which chance makes vary by 1 (Anscombe 1948). Both limits
    are columns of `parameters`.
#}
{% macro steady_level(value, event_seconds) -%}
    case
        when {{ event_seconds }} > 0
            then 2 * sqrt({{ value }} / {{ event_seconds }} + 0.375e0)
        when {{ value }} * parameters.minimum_spread <= parameters.minimum_seconds
            then {{ value }} / parameters.minimum_seconds
        else
            (1 + ln({{ value }} * parameters.minimum_spread / parameters.minimum_seconds))
            / parameters.minimum_spread
    end
{%- endmacro %}

{#
    Root of twice the logarithm of how much likelier two shares are than one for both: normal by
    chance, also where events are few (Wilks 1938). Without a sign.
#}
{% macro likelihood_distance(hits, trials, base_hits, base_trials) -%}
    {%- set share = '((' ~ hits ~ ' + ' ~ base_hits ~ ') / (' ~ trials ~ ' + ' ~ base_trials ~ '))' %}
    sqrt(2 * greatest(
        {%- for count, all, chance in [
            (hits, trials, share),
            (trials ~ ' - (' ~ hits ~ ')', trials, '(1 - ' ~ share ~ ')'),
            (base_hits, base_trials, share),
            (base_trials ~ ' - ' ~ base_hits, base_trials, '(1 - ' ~ share ~ ')'),
        ] %}
            {{ '' if loop.first else '+ ' -}}
            case
                when {{ count }} > 0 then ({{ count }}) * ln(({{ count }}) / ({{ all }} * {{ chance }}))
                else cast(0 as double)
            end
        {%- endfor %}, 0
    ))
{%- endmacro %}
