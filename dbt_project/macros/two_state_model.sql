{#
    Two-state model of a test: a state is broken with probability q (every attempt fails), or good,
    and then attempts fail independently with probability p. Expectation maximisation from the
    sufficient statistics of a test, one CTE a step, so that engines without recursion run it too:

    good_failure_count, good_execution_count    of states in which a try passed: surely good
    broken_1_count … broken_4_count             states in which all of 1, 2, 3, 4 or more failed
    state_count

    The last CTE is `<name>_<steps>`, with fail_chance (p), broken_chance (q) and blamed_count: the
    executions of failing states that p explains.
#}
{% macro two_state_steps(name, source, steps) -%}
{%- set statistics = [
    'test_key', 'state_count', 'good_failure_count', 'good_execution_count', 'broken_1_count',
    'broken_2_count', 'broken_3_count', 'broken_4_count'
] | join(', ') -%}
    {{ name }}_0 as (
    select
        {{ statistics }},
        cast(0 as double) as blamed_count,
        (good_failure_count + 1.0e0) / (good_execution_count + 2) as fail_chance,
        0.5e0 * (broken_1_count + broken_2_count + broken_3_count + broken_4_count) / state_count
            as broken_chance
    from {{ source }}
)
    {%- for step in range(1, steps + 1) %},

{{ name }}_{{ step }} as (
    select
        {{ statistics }},
        blamed_count,
        (good_failure_count + blamed_count) / nullif(good_execution_count + blamed_count, 0)
            as fail_chance,
        surely_broken_count / state_count as broken_chance
    from (
        select
            {{ statistics }},
            broken_1_count * (1 - share_1) + 2 * broken_2_count * (1 - share_2)
            + 3 * broken_3_count * (1 - share_3) + 4 * broken_4_count * (1 - share_4)
                as blamed_count,
            broken_1_count * share_1 + broken_2_count * share_2 + broken_3_count * share_3
            + broken_4_count * share_4 as surely_broken_count
        from (
            select
                *,
                {{ broken_share(1) }} as share_1,
                {{ broken_share(2) }} as share_2,
                {{ broken_share(3) }} as share_3,
                {{ broken_share(4) }} as share_4
            from {{ name }}_{{ step - 1 }}
        ) as shared_{{ step }}
    ) as weighed_{{ step }}
)
    {%- endfor %}
{%- endmacro %}

{# Chance that a state in which all tries failed is broken. #}
{% macro broken_share(tries) -%}
coalesce(
    broken_chance
    / nullif(broken_chance + (1 - broken_chance) * power(fail_chance, {{ tries }}), 0), 0
)
{%- endmacro %}
