{#
    Lines of a stack trace without those of runtimes and test frameworks: what is left is the
    organisation's own code.
#}
{% macro own_frames(text) -%}
    {%- set places = [
        'node_modules', 'site-packages', 'dist-packages', 'node:internal', '\\(internal/',
        '<frozen ', 'lib/python[0-9.]+/', '_pytest', 'unittest[/\\\\]', 'at <anonymous>',
        '\\bat (java|javax|jdk|sun|scala|kotlin|groovy)[.][a-zA-Z]', 'jdk[.]internal',
        'org[.](junit|testng|apache[.]maven|gradle|mockito|hamcrest|assertj|opentest4j)[.]',
        'org[.]spockframework[.]',
        '\\bat (junit|Xunit|NUnit|System|Microsoft)[.]', 'testing/testing[.]go', 'src/runtime/',
        'testify/', '/rustc/', 'library/(std|core|test)/', 'gems/', 'vendor/', 'phpunit/',
        'at process[.]', 'at new Promise',
    ] -%}
    {{ regex_replace(text, '[^\\n]*(' ~ places | join('|') ~ ')[^\\n]*(\\n|$)', '') }}
{%- endmacro %}

{# The line that says what went wrong: without the trace below it and the runner's noise. #}
{% macro failure_gist(text) -%}
    {%- set noise = '(=== (RUN|PAUSE|CONT|NAME)|--- FAIL:|FAIL$|coverage:)[^\\n]*(\\n|$)' -%}
    {%- set below = 'at |File "|from |goroutine |#[0-9]+ |Traceback |Stack ?trace|--- ' -%}
    {%- set trace = '\\n\\s*(' ~ below ~ ')(.|\\n)*' -%}
    case
        when {{ regex_group(text, '(Traceback [(]most recent call last[)])', 1) }} is not null
            then {{ regex_match(text, '[^\\s][^\\n]*', -1) }}
        when {{ regex_group(text, '(^|\n)(E   +[^ ])', 2) }} is not null
            then {{ regex_replace(
                regex_match(text, '(^|\\n)E   +[^\\n]+', 1), '^\\n?E +', ''
            ) }}
        else {{ regex_replace(regex_replace(text, noise, ''), trace, '') }}
    end
{%- endmacro %}

{# What a stack frame looks like: a file and its line, with the function where it stands there. #}
{% macro frame_pattern() -%}
    {{- [
        '\\bat [^\\n()]*\\([^()\\n]*[.][A-Za-z]{1,6}(:[0-9]+)+\\)',
        '\\bat [^\\n]* in [^\\n]*:line [0-9]+',
        'File "[^"\\n]+", line [0-9]+(, in [^\\s]+)?',
        '[^\\s:()"\\x27\\[\\]<>=,]+[.][A-Za-z][A-Za-z0-9]{0,5}(:[0-9]+)+',
    ] | join('|') -}}
{%- endmacro %}

{# A frame without folders, lines and addresses: `File "/a/b.py", line 7, in f` → `b.py in f`. #}
{% macro frame_place(frame) -%}
    {%- set rules = [
        ('"?, line [0-9]+,?|:line [0-9]+|(:[0-9]+)+', ''),
        ('([A-Za-z]:)?[^\\s("]*[/\\\\]', ''),
        ('^File "?|\\bat |async ', ''),
        ('[$@]{0,2}([0-9]+|0x[0-9a-f]+)\\b', ''),
        ('\\s+', ' '),
    ] -%}
    {%- set made = namespace(sql=frame) -%}
    {%- for pattern, word in rules -%}
        {%- set made.sql = regex_replace(made.sql, pattern, word) -%}
    {%- endfor -%}
    trim({{ made.sql }})
{%- endmacro %}

{# Whether a frame lies in a test: by the name of its file or class. #}
{% macro is_test_frame(place) -%}
    {{ regex_group(
        place,
        '((^|[^A-Za-z])([Tt]ests?|[Ss]pecs?|conftest)([^a-z]|$)|[a-z](Tests?|IT|Spec)[^a-z])', 1
    ) }} is not null
{%- endmacro %}
