{{ config(materialized='table') }}

{#- Which failures are one cause. The hash is made of what went wrong (without numbers, times,
    paths and values), and of where: the innermost frame of the organisation's own code. Frames
    above it tell who called, and one cause has many callers. An assertion speaks of its test, so
    without a frame of the test its class stands in. What speaks of machines and networks, or neither
    asserts nor shows own code, means the same in every repository. -#}
{%- set empty_words -%}
    ('failed', 'failure', 'error', 'errored', 'fail', 'test failed', 'test failure')
{%- endset -%}
with tries as (
    select
        test_result_key,
        repository,
        test_key,
        coalesce(class_name, suite_path) as class_name,
        failure_type,
        failure_message,
        failure_details,
        {{ surrogate_key(['failure_type', 'failure_message', 'failure_details']) }} as text_key
    from {{ ref('int_test_tries_placed') }}
    where is_failure
),

-- The same text is taken apart once, however often it came.
texts as (
    select
        text_key,
        regexp_replace(min(failure_type), '^.*[.]', '') as type_name,
        case
            when
                lower(trim(min(failure_message))) in {{ empty_words }}
                then coalesce(min(failure_details), min(failure_message))
            else min(failure_message)
        end as message,
        {{ own_frames('coalesce(min(failure_details), min(failure_message))') }} as trace
    from tries
    group by text_key
),

framed as (
    select
        text_key,
        type_name,
        message,
        trace,
        coalesce(
            {{ regex_group('trace', '(, line [0-9]+|[.]py:[0-9]+)', 1) }} is not null, false
        ) as is_innermost_last
    from texts
),

places as (
    select
        text_key,
        type_name,
        {{ normalised_failure('substring(' ~ failure_gist('message') ~ ', 1, 2000)', 1) }}
            as failure_text,
        {{ frame_place(
            'case when is_innermost_last then ' ~ regex_match('trace', frame_pattern(), -1)
            ~ ' else ' ~ regex_match('trace', frame_pattern(), 1) ~ ' end'
        ) }} as failure_place
    from framed
),

shortened as (
    select
        text_key,
        type_name,
        {{ normalised_failure('failure_text', 2) }} as failure_text,
        failure_place
    from places
),

normalised as (
    select
        text_key,
        type_name,
        substring({{ normalised_failure('failure_text', 3) }}, 1, 300) as failure_text,
        failure_place
    from shortened
),

judged as (
    select
        text_key,
        type_name,
        case
            when lower(failure_text) not in {{ empty_words }} then nullif(failure_text, '')
        end as failure_text,
        nullif(failure_place, '') as failure_place,
        coalesce({{ is_test_frame('failure_place') }}, false) as is_in_test,
        {{ regex_group(
            "lower(concat_ws(' ', type_name, failure_text))", assertion_pattern(), 1
        ) }} is not null
        and {{ regex_group('lower(failure_text)', machine_pattern(), 1) }} is null as is_assertion,
        {{ regex_group('lower(failure_text)', machine_pattern(), 1) }} is not null as is_machine
    from normalised
),

final as (
    select
        tries.test_result_key,
        {{ surrogate_key([
            'judged.type_name',
            'judged.failure_text',
            'judged.failure_place',
            "case when judged.is_assertion and not judged.is_in_test then tries.class_name end",
            "case
                when
                    judged.is_assertion
                    or (judged.failure_place is not null and not judged.is_machine)
                    then tries.repository
            end",
            "case
                when judged.failure_text is null and judged.failure_place is null
                    then tries.test_key
            end"
        ]) }} as failure_fingerprint,
        judged.failure_text,
        judged.failure_place
    from tries
    inner join judged
        on tries.text_key = judged.text_key
)

select * from final
