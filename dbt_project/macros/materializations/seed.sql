{#
    A seed of DuckDB, read by DuckDB itself: always made anew, all columns text but those that have
    a type in the YAML. The one that dbt brings reads the file in Python, row by row, and writes
    its statement into `target/run`: for a file of another folder, over the file itself.
#}
{% materialization seed, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set typed = [] -%}
    {%- for name, type_name in config.get('column_types', {}).items() -%}
        {%- do typed.append('cast(' ~ name ~ ' as ' ~ type_name ~ ') as ' ~ name) -%}
    {%- endfor -%}
    {%- set path = adapter.get_seed_file_path(model) | replace("'", "''") -%}
    {{ run_hooks(pre_hooks) }}
    {# dbt asks for a result of this name, and writes those of the name `main` into `target/run`. #}
    {%- call statement('agate_table', fetch_result=True, auto_begin=False) -%}
        create or replace table {{ target_relation }} as
        select * {% if typed %}replace ({{ typed | join(', ') }}){% endif %}
        from read_csv(
            '{{ path }}',
            all_varchar = true, header = true, nullstr = '',
            delim = '{{ config.get("delimiter", ",") }}', quote = '"', escape = '"'
        )
    {%- endcall -%}
    {%- do store_raw_result('main', message='OK', code='OK', rows_affected=none) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Rows of a seed for Spark: values written out, the session knows no NULL as a parameter. #}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = config.get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for name in agate_table.column_names -%}
            {%- set value = row[loop.index0] -%}
            {%- set text = 'null' if value is none
                else dbt.string_literal(dbt.escape_single_quotes(value | string)) -%}
            {%- do values.append('cast(' ~ text ~ ' as ' ~ types.get(name, 'string') ~ ')') -%}
        {%- endfor -%}
        {%- do rows.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set sql = 'insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ') -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}
