{#
    Hash over all natural parts of a key, in order. The parts are told apart by control characters
    that no name holds, so ('a', 'bc') and ('ab', 'c') differ, and NULL differs from ''.
#}
{% macro surrogate_key(parts) -%}
    md5(concat_ws(chr(31)
    {%- for part in parts -%}
        , coalesce(cast({{ part }} as string), chr(30))
    {%- endfor -%}
    ))
{%- endmacro %}
