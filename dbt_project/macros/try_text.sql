{#
    A text that sorts the tries of a test as they were made: by when its job began; of several
    reports of one job by when they were written, and only then by their key; within a report as
    they were retried.
#}
{% macro try_text(tries) -%}
    lpad(
        cast({{ tries }}.try_order - least(coalesce({{ tries }}.retry_index, 0), 99) as string),
        15, '0'
    )
    || coalesce({{ sortable_time(tries ~ '.reported_at') }}, '')
    || {{ tries }}.report_id
    || lpad(cast(coalesce({{ tries }}.retry_index, 0) as string), 9, '0')
    || lpad(cast({{ tries }}.case_index as string), 9, '0')
{%- endmacro %}
