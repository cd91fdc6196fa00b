{#
    The rows of several models one below the other: the same columns by name, whatever their order
    and whatever else a model has. SQL alone unites by position, where two texts change places
    without a word. A vendor is added by naming its staging model.

    `imported` is the model of what tables of an organisation say, which may tell of the same things
    under the vendor's name: of a `key` that the vendor told of itself it says nothing more.
#}
{% macro united_rows(columns, models, imported=none, key=none) -%}
    {%- set selects = [] -%}
    {%- for model in models -%}
        {%- do selects.append('select ' ~ columns | join(', ') ~ ' from ' ~ ref(model)) -%}
    {%- endfor -%}
    {%- set told = selects | join(' union all ') -%}
    {%- if imported is none -%}
    {{ told }}
    {%- else -%}
    with told as (
        {{ told }}
    )

    select {{ columns | join(', ') }} from told
    union all
    select imported.{{ columns | join(', imported.') }}
    from {{ ref(imported) }} as imported
    left join told
        on
        {%- for part in key %}
            {{ 'and ' if not loop.first }}imported.{{ part }} = told.{{ part }}
        {%- endfor %}
    where told.{{ key[0] }} is null
    {%- endif -%}
{%- endmacro %}

{#
    `united_rows` with a column `result`: our word for what a vendor calls status and conclusion. A
    vendor adds its words to the seed `result_words`.
#}
{% macro united_results(columns, models, imported, key) -%}
with united as (
    {{ united_rows(columns, models, imported, key) }}
),

words as (
    select * from {{ ref('result_words') }}
),

-- What is still on its way has no result, whatever an earlier conclusion said.
final as (
    select
        united.*,
        case
            when status_words.result = 'running' then 'running'
            else coalesce(
                said_words.result,
                status_words.result,
                own_words.result,
                case when united.vendor_conclusion is null then 'running' else 'neutral' end
            )
        end as result
    from united
    left join words as status_words
        on
            united.vendor = status_words.vendor
            and lower(united.vendor_status) = status_words.vendor_word
    {{ joined_words('vendor_conclusion') }}
)

select * from final
{%- endmacro %}

{#
    Joins what a word of a vendor in `united` is in the seed, `words`: as `said_words`, and as
    `own_words` where it is one of ours, which a vendor that only imports know speaks.
#}
{% macro joined_words(word) -%}
    left join words as said_words
        on
            united.vendor = said_words.vendor
            and lower(united.{{ word }}) = said_words.vendor_word
    left join words as own_words
        on
            own_words.vendor = 'import'
            and lower(united.{{ word }}) = own_words.vendor_word
{%- endmacro %}
