{#
    Failure messages without what differs each time, in three steps (a parser of SQL has its depth),
    in RE2 and Java regular expressions alike. Order matters: what a later rule would tear apart
    goes first. `\x27` is an apostrophe, which opens a quotation only where no word runs into it (as
    in "can't").
#}
{% macro normalised_failure(text, step) -%}
    {%- set days = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*' -%}
    {%- set months = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*' -%}
    {%- set clock = '[0-9]{2}:[0-9]{2}[0-9:.,]*' -%}
    {%- set zones = 'Z|UTC|GMT|[ECMPBJIA][SD]T\\b|[CEWA]E[SD]?T\\b|[+-][0-9]{2}:?[0-9]{2}' -%}
    {%- set zone = '( ?(' ~ zones ~ '))?' -%}
    {%- set day = '(' ~ months ~ ' +[0-9]{1,2}|[0-9]{1,2}[ /-]' ~ months ~ ')\\b' -%}
    {%- set date = day ~ ',?([ /-][0-9]{4})?' -%}
    {%- set hours = '[ :][0-9]{1,2}:[0-9]{2}[0-9:.,]*( [AaPp][Mm]\\b)?' -%}
    {%- set moment = hours ~ zone ~ '( [0-9]{4}\\b)?' -%}
    {%- set name = '[A-Za-z0-9_.@~+$%-]' -%}
    {%- set long_units = 'secs?|seconds?|mins?|minutes?|hours?|[kKMGT]i?B|bytes?' -%}
    {%- set units = '(ns|us|[µμ]s|ms|s|m|h|d[0-9]+h|B|px|x|L|f|d|' ~ long_units ~ ')' -%}
    {%- set hex = '[0-9a-fA-F]' -%}
    {%- set ip4 = '\\b([0-9]{1,3}[.]){3}[0-9]{1,3}\\b' -%}
    {%- set net6 = '\\b([23]' ~ hex ~ '|[fF][c-eC-E])' ~ hex ~ '{2}' -%}
    {%- set ip6 = net6 ~ '(:' ~ hex ~ '{0,4}){2,7}|\\B::1' -%}
    {%- set mac = '\\b(' ~ hex ~ '{2}[:-]){5}' ~ hex ~ '{2}' -%}
    {%- set marks = '<(value|number|hex|id|time|address)>' -%}
    {%- set steps = [
        [
            ('\\x1b\\[[0-9;?]*[A-Za-z]|\\[[0-9]{1,2}(;[0-9]{1,2})*m', ''),
            ('[a-zA-Z][a-zA-Z0-9+.-]*://[^\\s"\\x27`<>)\\]]+', '<url>'),
            (hex ~ '{8}-(' ~ hex ~ '{4}-){3}' ~ hex ~ '{12}', '<id>'),
            ('\\b[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]' ~ clock ~ zone ~ ')?', '<time>'),
            ('\\b(' ~ days ~ ',? )?' ~ date ~ '(' ~ moment ~ ')?', '<time>'),
            ('(' ~ ip4 ~ '(:[0-9]+)?|' ~ ip6 ~ '|' ~ mac ~ ')\\b', '<address>'),
            ('"((\\\\.|[^"\\\\\\n])*"|[^"\\n]{200,}$)', '<value>'),
            ('`[^`\\n]+`', '<value>'),
        ],
        [
            ('(^|[^A-Za-z0-9_])\\x27([^\\x27\\n]*\\x27|[^\\x27\\n]{200,}$)', '\\1<value>'),
            ('\\x{2018}[^\\x{2018}\\x{2019}\\n]*\\x{2019}', '<value>'),
            (
                '[\\x{201c}\\x{201e}][^\\x{201c}-\\x{201e}\\n]*[\\x{201c}\\x{201d}]'
                ~ '|\\x{ab}[^\\x{ab}\\x{bb}\\n]*\\x{bb}',
                '<value>',
            ),
            (
                '\\b[A-Za-z]:[/\\\\]([A-Za-z0-9_.@~+$%() -]+[/\\\\])*' ~ name ~ '*(:[0-9]+){0,2}'
                ~ '|[/\\\\]?(' ~ name ~ '+[/\\\\])+' ~ name
                ~ '+[.][A-Za-z]{1,6}((:[0-9]+){1,2}|\\b)',
                '<path>',
            ),
            ('(\\B[/~])' ~ name ~ '+([/\\\\]' ~ name ~ '+)*[/\\\\]?', '<path>'),
            ('\\b(' ~ name ~ '+[.][A-Za-z]{1,6})(:[0-9]+)+\\b', '\\1'),
            (
                '\\b[Ll]ines? [0-9]+(-[0-9]+)?(, col(umn)? [0-9]+)?|\\([0-9]+[,:][0-9]+\\)',
                '<line>',
            ),
            ('\\b[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?([.,][0-9]+)?( ?[AaPp][Mm])?\\b', '<time>'),
        ],
        [
            ('\\b0[xX]' ~ hex ~ '+\\b', '<hex>'),
            ('@' ~ hex ~ '{4,}\\b', '@<hex>'),
            (
                '\\bPT?[0-9][0-9.DTHMSWY]*[DHMSWY]\\b|(\\b|[+-])(([0-9]+d)?[0-9]+[hm])*'
                ~ '[0-9]+([.,_][0-9]+)*([eE][+-]?[0-9]+)?( ?(%|' ~ units ~ '\\b)|\\b)',
                '<number>',
            ),
            ('\\b' ~ hex ~ '{7,}\\b', '<number>'),
            ('[0-9]{4,}', '<number>'),
            (marks ~ '(,\\s*' ~ marks ~ ')+', '<values>'),
            ('\\s+', ' '),
        ],
    ] -%}
    {%- set made = namespace(sql=text) -%}
    {%- for pattern, word in steps[step - 1] -%}
        {%- set made.sql = regex_replace(made.sql, pattern, word) -%}
    {%- endfor -%}
    trim({{ made.sql }})
{%- endmacro %}

{# How assertions speak, in lower case. #}
{% macro assertion_pattern() -%}
    {{- '(' ~ [
        'assert', 'expected', 'expectation', 'expect[(]', 'mismatch', 'not equal', 'to equal ',
        'should (be|have|equal|not|contain|match)', 'but (was|got)', 'got .*want', 'want .*got',
    ] | join('|') ~ ')' -}}
{%- endmacro %}

{# What fails outside of the code, in lower case: machines, networks, limits of both. #}
{% macro machine_pattern() -%}
    {{- '(' ~ [
        'connection (was )?(refused|reset|closed|timed out|aborted)', 'could not connect',
        'cannot connect', 'failed to connect', 'unable to connect', 'no route to host',
        'host (is )?unreachable', 'network (is )?unreachable', 'reset by peer', 'broken pipe',
        'econn[a-z]+', 'etimedout', 'enotfound', 'eai_again', 'name or service not known',
        'name resolution', 'unknown ?host', 'no such host', 'could not resolve', 'tls handshake',
        'ssl handshake', 'certificate', 'no space left', 'disk (is )?full', 'out of memory',
        'cannot allocate memory', 'too many open files', 'too many requests', 'rate limit',
        'service unavailable', 'bad gateway', 'gateway time-?out', 'lost communication',
    ] | join('|') ~ ')' -}}
{%- endmacro %}
