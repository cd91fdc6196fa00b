{#
    Natural logarithm of n!, to 1e-10: Stirling's series of (n + 6)!, less what was put in front; n is
    a whole number of 0 or more.
#}
{% macro ln_factorial(n) -%}
    {%- set m = '(' ~ n ~ ' + 6.0e0)' -%}
    (
        {{ m }} * ln({{ m }}) - {{ m }} + 0.5e0 * ln(2 * pi() * {{ m }})
        + 1 / (12.0e0 * {{ m }}) - 1 / (360.0e0 * pow({{ m }}, 3))
        + 1 / (1260.0e0 * pow({{ m }}, 5)) - 1 / (1680.0e0 * pow({{ m }}, 7))
        - ln(({{ n }} + 1.0e0) * ({{ n }} + 2) * ({{ n }} + 3))
        - ln(({{ n }} + 4.0e0) * ({{ n }} + 5) * ({{ n }} + 6))
    )
{%- endmacro %}

{# Natural logarithm of the number of ways to choose k of n. #}
{% macro ln_choose(n, k) -%}
    {{ ln_factorial(n) }} - {{ ln_factorial(k) }} - {{ ln_factorial('(' ~ n ~ ' - ' ~ k ~ ')') }}
{%- endmacro %}

{#
    Fisher's exact test, two-sided, as a statement with one row per key: the `chance` that two shares
    with the same truth differ at least as much as these. Every table of the same margins that is no
    likelier than the one seen is counted (ties to 1e-7). Rows without trials have no row.

    `source` has key, first_hits, first_trials, last_hits, last_trials; counts as double.
#}
{% macro fisher_exact(source, key) -%}
    select
        {{ key }},
        least({{ nine_digits(
            'sum(case when ln_chance <= seen_ln_chance + 1e-7 then exp(ln_chance) end)'
        ) }}, 1) as chance
    from (
        select
            {{ key }},
            {{ ln_choose('first_trials', 'cell') }} + {{ ln_choose('last_trials', 'other_cell') }}
            - ({{ ln_choose('all_trials', 'all_hits') }}) as ln_chance,
            {{ ln_choose('first_trials', 'first_hits') }} + {{ ln_choose('last_trials', 'last_hits') }}
            - ({{ ln_choose('all_trials', 'all_hits') }}) as seen_ln_chance
        from (
            select
                *,
                cast(cell_count as double) as cell,
                first_hits + last_hits - cell_count as other_cell,
                first_hits + last_hits as all_hits,
                first_trials + last_trials as all_trials
            from (
                select
                    {{ key }},
                    first_hits,
                    first_trials,
                    last_hits,
                    last_trials,
                    {{ each_integer(
                        'cast(greatest(first_hits + last_hits - last_trials, 0) as bigint)',
                        'cast(least(first_trials, first_hits + last_hits) as bigint)'
                    ) }} as cell_count
                from {{ source }}
                where first_trials > 0 and last_trials > 0
            ) as cells
        ) as tables
    ) as chances
    group by {{ key }}
{%- endmacro %}

{#
    Benjamini and Hochberg, as a statement with one row per key that is more than chance among many:
    the largest rank whose chance is at most rate × rank ÷ tries carries all before it.

    `source` has key, chance (NULL: not tried), `rate`, and `family`, the columns within which things
    are tried together. `tries` is what was looked at: by default every row with a chance.
#}
{% macro discoveries(source, key, rate, family=none, tries=none) -%}
    {%- set by_family = 'partition by ' ~ family if family else '' -%}
    select {{ key }}
    from (
        select
            {{ key }},
            chance_rank,
            max(case when chance <= rate * chance_rank / tried_count then chance_rank end)
                over ({{ by_family }}) as accepted_rank
        from (
            select
                {{ key }},
                {% if family %}{{ family }},{% endif %}
                chance,
                {{ rate }} as rate,
                row_number() over ({{ by_family }} order by chance, {{ key }}) as chance_rank,
                {{ tries or 'count(*) over (' ~ by_family ~ ')' }} as tried_count
            from {{ source }}
            where chance is not null
        ) as ranked
    ) as judged
    where chance_rank <= accepted_rank
{%- endmacro %}
