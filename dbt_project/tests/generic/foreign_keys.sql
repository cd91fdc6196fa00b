{#
    Fails with every key that its parent does not know; NULL is no key. All of a model in one query:
    `keys` is a list of {column, to, field}.
#}
{% test foreign_keys(model, keys) %}
    {% for key in keys %}
select
    '{{ key.column }}' as column_name,
    known.key_value
from (
    select distinct {{ key.column }} as key_value
    from {{ model }}
) as known
left join {{ key.to }} as parents
    on known.key_value = parents.{{ key.field }}
where known.key_value is not null and parents.{{ key.field }} is null
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
