-- noqa: disable=LT02
{# What dbt needs to know of Spark beyond its adapter. The seeds' part is in `seed.sql`. #}

{# Spark counts rows in `int`, DuckDB in `bigint`: one kind of whole number for a contract. #}
{% macro spark__format_column(column) -%}
    {%- set type_name = 'bigint' if column.dtype in ('int', 'integer') else column.dtype -%}
    {{ return({
        'name': column.name,
        'data_type': type_name,
        'formatted': column.column.lower() ~ ' ' ~ type_name
    }) }}
{%- endmacro %}

{# A table, with its contract, of a query that may walk. #}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- set sql = unrolled(relation, compiled_code) -%}
    create table {{ relation }} {{ file_format_clause() }} as
    {% if config.get('contract').enforced -%}
        {%- do assert_columns_equivalent(sql) -%}
        {%- set typed = [] -%}
        {%- for column in model['columns'].values() -%}
            {%- do typed.append(
                'cast(' ~ column['name'] ~ ' as ' ~ column['data_type'] ~ ') as ' ~ column['name']
            ) -%}
        {%- endfor -%}
        select {{ typed | join(', ') }} from ({{ sql }})
    {%- else -%}
        {{ sql }}
    {%- endif -%}
{%- endmacro %}

{#
    A recursive query as one that is not. Not every Spark Connect server knows `with recursive`,
    and Spark itself stops after a hundred steps: each step is a table here, and so is their sum.
    CTEs are found by the form that every model has: a name and `as (` at the begin of a line, and
    a `)` at the begin of a line behind it.
#}
{% macro unrolled(relation, sql) -%}
    {%- if 'with recursive' not in sql -%}{{ return(sql) }}{%- endif -%}
    {%- set known = [] -%}
    {%- set pattern = '(?ms)^(?:with recursive )?(\w+) as \(\n(.*?)^\)' -%}
    {%- for name, body in modules.re.findall(pattern, sql) -%}
        {%- if modules.re.search('(from|join) ' ~ name ~ '\\b', body) -%}
            {%- set walk = walk_steps(relation, known, name, body) -%}
            {%- do known.append(name ~ ' as (select * from ' ~ walk ~ ')') -%}
        {%- else -%}
            {%- do known.append(name ~ ' as (' ~ body ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('with ' ~ known | join(', ') ~ ' select * from final') }}
{%- endmacro %}

{# Walk until a step finds nothing new; gives the table of all that was found. #}
{% macro walk_steps(relation, known, name, body) -%}
    {%- set parts = modules.re.split('(?m)^    union( all)?$', body, maxsplit=1) -%}
    {%- set found = relation ~ '__' ~ name -%}
    {%- set before = 'with ' ~ known | join(', ') -%}
    {%- set state = {'step': found ~ '_0', 'is_done': false} -%}
    {%- do without_answer('drop table if exists ' ~ found) -%}
    {%- do make_step(state.step, before ~ ' select distinct * from (' ~ parts[0] ~ ')') -%}
    {%- do make_step(found, 'select * from ' ~ state.step) -%}
    {%- for number in range(1, 100000) if not state.is_done -%}
        {%- set step = found ~ '_' ~ number -%}
        {%- set last = ', ' ~ name ~ ' as (select * from ' ~ state.step ~ ')' -%}
        {%- do make_step(
            step,
            before ~ last ~ ' select * from (' ~ parts[2] ~ ') except select * from ' ~ found
        ) -%}
        {%- do without_answer('drop table if exists ' ~ state.step) -%}
        {%- do state.update({'step': step}) -%}
        {%- set counted = run_query('select cast(count(*) as bigint) as n from ' ~ step) -%}
        {%- if counted.rows[0][0] == 0 -%}
            {%- do state.update({'is_done': true}) -%}
        {%- else -%}
            {%- do without_answer('insert into ' ~ found ~ ' select * from ' ~ step) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do without_answer('drop table if exists ' ~ state.step) -%}
    {{ return(found) }}
{%- endmacro %}

{% macro make_step(table, sql) -%}
    {%- do without_answer('drop table if exists ' ~ table) -%}
    {%- do without_answer('create table ' ~ table ~ ' using parquet as ' ~ sql) -%}
{%- endmacro %}

{% macro without_answer(sql) -%}
    {%- call statement('step', auto_begin=False) -%}{{ sql }}{%- endcall -%}
{%- endmacro %}
