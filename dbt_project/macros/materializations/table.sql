{#
    A table of DuckDB in one transaction and one call. The one that dbt brings makes it under
    another name, looks for keys and indexes that no table here has, renames twice and drops, in
    a dozen calls; for a small table that is most of its time. When the statement fails, dbt closes
    the connection, which leaves the table as it was.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none and not existing_relation.is_table -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {{ run_hooks(pre_hooks) }}
    {%- if config.get('contract').enforced -%}
        {%- do assert_contract_columns(sql) -%}
        {%- call statement('main', auto_begin=False) -%}
            begin transaction;
            create or replace table {{ target_relation }} {{ get_table_columns_and_constraints() }};
            insert into {{ target_relation }} by name (
                {{ sql }}
            );
            commit
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main', auto_begin=False) -%}
            create or replace table {{ target_relation }} as (
                {{ sql }}
            )
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#
    Fails where the columns of a model are not those of its contract. Types that carry DuckDB's own
    names need no second question what they are called; whatever differs is judged by dbt.
#}
{% macro assert_contract_columns(sql) %}
    {%- set promised = {} -%}
    {%- for column in model['columns'].values() -%}
        {%- set type_name = (column['data_type'] or '') | upper -%}
        {%- set type_name = 'VARCHAR' if type_name in ('TEXT', 'STRING') else type_name -%}
        {%- do promised.update({column['name']: type_name}) -%}
    {%- endfor -%}
    {%- set found = {} -%}
    {%- for column in get_column_schema_from_query(sql) -%}
        {%- do found.update({column.name: column.dtype}) -%}
    {%- endfor -%}
    {%- if promised != found -%}
        {%- do assert_columns_equivalent(sql) -%}
    {%- endif -%}
{% endmacro %}
