{# Whether a subject or title says that it mends something: `Fix …`, `fix(cart): …`, `Revert …`. #}
{% macro begins_like_a_fix(text) -%}
    coalesce(
        {{ text }} like 'Revert %'
        or {{ regex_group(
            'lower(' ~ text ~ ')', '^((bug|hot)?fix(es|ed)?)([^a-z]|$)', 1
        ) }} is not null,
        false
    )
{%- endmacro %}
