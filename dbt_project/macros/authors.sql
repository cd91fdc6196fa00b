{#
    Who made something, as a key. The variable `authors` says what may be told of people: `full`,
    `pseudonymous` (keys that a salt of the organisation hides) or `off` (nothing at all). Any other
    word is read as `pseudonymous`.
#}
{% macro author_key(identity) -%}
    {%- if var('authors') == 'off' -%}
    cast(null as string)
    {%- else -%}
    {%- set salt = var("author_salt") | replace("'", "''") -%}
    case
        when {{ identity }} is not null
            then md5(concat_ws(chr(31), '{{ salt }}', {{ identity }}))
    end
    {%- endif -%}
{%- endmacro %}

{# A text about a person, shown only where people are named. #}
{% macro named_person(expression) -%}
    {{ expression if var('authors') == 'full' else 'cast(null as string)' }}
{%- endmacro %}

{# A handle of CODEOWNERS: a group's (`@organisation/payments`) always, a person's where named. #}
{% macro shown_handle(expression) -%}
    case
        when {{ "true" if var('authors') == 'full' else expression ~ " like '@%/%'" }}
            then {{ expression }}
    end
{%- endmacro %}

{# What tells people apart: the account of a vendor, whatever its capitals. #}
{% macro account_identity(vendor, login) -%}
    case
        when {{ login }} is not null then 'account ' || {{ vendor }} || ' ' || lower({{ login }})
    end
{%- endmacro %}
