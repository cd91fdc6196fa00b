{#
    Rows of an imported kind. The first 32 digits of an import id stand for what a file holds, the
    rest for how it was read: a file that was read another way later counts as it was read last.
#}
{% macro imported_rows(kind) -%}
    select imported.*
    from ({{ known_repository_rows('raw_imports', kind) }}) as imported
    inner join (
        select
            import_id,
            row_number() over (
                partition by left(import_id, 32) order by max(loaded_at) desc, import_id desc
            ) as reading_rank
        from {{ source('raw_imports', kind) }}
        group by import_id
    ) as readings
        on imported.import_id = readings.import_id
    where readings.reading_rank = 1
{%- endmacro %}
