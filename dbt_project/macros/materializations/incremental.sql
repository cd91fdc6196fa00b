{#
    A table that grows by groups of rows: the cases of a report, the lines of a file. The config says
    `unique_key`, the column that names the group, and `groups`, a model with that column and
    `made_of`, a hash of all that the rows of a group are made from. The table keeps `made_of` with
    its rows. A run compares the two: groups that are new, were made of something else or are gone
    are taken out, and made again as far as they are still there, in one transaction.

    Nothing is remembered but the table itself. What came late, twice, corrected or out of order
    needs no rule, and a run that was cut off leaves a table that the next one completes. The
    comment of the table says by which statement it was made; by another one it is made as a whole.
#}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none and not existing_relation.is_table -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- set key = config.require('unique_key') -%}
    {%- set groups = ref(config.require('groups')) -%}
    {%- set whole = sql | replace(changed_groups_to_make(key), all_groups(groups)) -%}
    {%- set made_by = statement_hash(whole) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if is_incremental() and table_comment(this) == made_by -%}
        {%- call statement('changed', auto_begin=False) -%}
            create or replace temp table {{ changed_groups_of(this) }} as (
                with made as (
                    select {{ key }} as made_key, made_of as made_before
                    from {{ target_relation }}
                    group by {{ key }}, made_of
                )
                select *
                from {{ groups }} as wanted
                full outer join made
                    on wanted.{{ key }} = made.made_key and wanted.made_of = made.made_before
                where wanted.{{ key }} is null or made.made_key is null
            )
        {%- endcall -%}
        {%- call statement('main', auto_begin=False) -%}
            begin transaction;
            delete from {{ target_relation }}
            where {{ key }} in (select made_key from {{ changed_groups_of(this) }});
            insert into {{ target_relation }} by name (
                {{ sql }}
            );
            commit
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main', auto_begin=False) -%}
            begin transaction;
            create or replace table {{ target_relation }} as (
                {{ whole }}
            );
            comment on table {{ target_relation }} is '{{ made_by }}';
            commit
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# How a table is kept that pays to be made by groups: Spark makes the whole table every time. #}
{% macro by_groups() -%}
    {{ 'table' if target is defined and target.type != 'duckdb' else 'incremental' }}
{%- endmacro %}

{# The groups that a run has to make: of the model that tells them, all or those that changed. #}
{% macro groups_to_make(groups, key) -%}
    {{ changed_groups_to_make(key) if is_incremental() else all_groups(groups) }}
{%- endmacro %}

{% macro all_groups(groups) -%}
    select * from {{ groups }}
{%- endmacro %}

{% macro changed_groups_to_make(key) -%}
    select * from {{ changed_groups_of(this) }} where {{ key }} is not null
{%- endmacro %}

{% macro changed_groups_of(relation) -%}
    temp.{{ relation.identifier }}__changed
{%- endmacro %}

{#
    Hash of the statement that makes a table, of those of the views below it, and of the tables below
    that are made by groups too. Other tables stand for themselves: what is read of them is in
    `made_of`.
#}
{% macro statement_hash(sql) -%}
    {%- set waiting = model.depends_on.nodes | list -%}
    {%- set seen, names = [], [] -%}
    {%- for _ in graph.nodes if waiting -%}
        {%- set name = waiting.pop() -%}
        {%- set node = graph.nodes.get(name) -%}
        {%- set kind = node.config.materialized if node else none -%}
        {%- do seen.append(name) -%}
        {%- if kind in ('view', 'incremental') -%}
            {%- do names.append(node.alias) -%}
        {%- endif -%}
        {%- if kind in ('view', 'ephemeral') -%}
            {%- for parent in node.depends_on.nodes if parent not in seen + waiting -%}
                {%- do waiting.append(parent) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set names = "('" ~ names | sort | join("', '") ~ "')" -%}
    {%- set below = run_query(
        "select md5(string_agg(text, chr(31) order by name)) from ("
        ~ "select view_name as name, sql as text from duckdb_views()"
        ~ " where database_name = '" ~ this.database ~ "' and view_name in " ~ names
        ~ " union all select table_name, comment from duckdb_tables()"
        ~ " where database_name = '" ~ this.database ~ "' and table_name in " ~ names ~ ")"
    ) -%}
    {{ return(local_md5(sql ~ below.rows[0][0])) }}
{%- endmacro %}

{% macro table_comment(relation) -%}
    {%- set found = run_query(
        "select comment from duckdb_tables() where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema ~ "' and table_name = '"
        ~ relation.identifier ~ "'"
    ) -%}
    {{ return(found.rows[0][0] if found.rows else none) }}
{%- endmacro %}
