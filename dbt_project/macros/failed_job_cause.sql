{#
    Cause of a failed job, or the rule that decided it. `hints` are what words of vendor,
    annotations, steps and names say; `counts` are its failing tests by class.
#}
{% macro failed_job_cause(what) -%}
    case
        when failed.result = 'timed_out' then {{ "'timeout'" if what == 'cause' else "'time_limit'" }}
        when hints.certain_cause is not null
            then hints.certain_{{ what }}
        when failed.result = 'startup_failure' or failed.started_at is null
            then {{ "'infrastructure'" if what == 'cause' else "'never_started'" }}
        when counts.failing_test_count > 0
            then {{ failing_tests_cause('counts') if what == 'cause' else "'failing_tests'" }}
        when hints.named_cause is not null
            then hints.named_{{ what }}
        when failed.has_test_results
            then {{ "'unknown'" if what == 'cause' else "'no_test_result'" }}
        else {{ "'build'" if what == 'cause' else "'job_without_tests'" }}
    end
{%- endmacro %}

{#
    What failing tests of these classes mean together. A genuine failure explains the job whatever
    else is not known; flaky is said only when every failing test is.
#}
{% macro failing_tests_cause(counts) -%}
    case
        when
            case when {{ counts }}.flaky_test_count > 0 then 1 else 0 end
            + case when {{ counts }}.regression_test_count > 0 then 1 else 0 end
            + case when {{ counts }}.environment_test_count > 0 then 1 else 0 end
            + case when {{ counts }}.infrastructure_test_count > 0 then 1 else 0 end > 1
            then 'mixed'
        when {{ counts }}.regression_test_count > 0 then 'regression'
        when {{ counts }}.unknown_test_count > 0 then 'unknown'
        when {{ counts }}.flaky_test_count > 0 then 'flaky_only'
        when {{ counts }}.environment_test_count > 0 then 'environment'
        when {{ counts }}.infrastructure_test_count > 0 then 'infrastructure'
        else 'unknown'
    end
{%- endmacro %}

{#
    Whether a cause is no reason in the code: flaky tests or machines, or both together. NULL: nobody
    knows whether it is. `counts` are the failing tests that a mixed cause is made of.
#}
{% macro is_no_code_cause(cause, counts) -%}
    case
        when {{ cause }} in ('unknown', 'timeout', 'cancelled') then null
        when {{ cause }} <> 'mixed' then {{ cause }} in ('flaky_only', 'infrastructure')
        when {{ counts }}.regression_test_count + {{ counts }}.environment_test_count > 0
            then false
        when {{ counts }}.unknown_test_count > 0 then null
        else true
    end
{%- endmacro %}

{# Failing tests of a group by the class that counts. #}
{% macro failing_test_counts() -%}
    count(*) as failing_test_count,
    count(*) filter (where attributed_class = 'flaky') as flaky_test_count,
    count(*) filter (where attributed_class = 'regression') as regression_test_count,
    count(*) filter (where attributed_class = 'environment') as environment_test_count,
    count(*) filter (where attributed_class = 'infrastructure') as infrastructure_test_count,
    count(*) filter (where attributed_class = 'unknown') as unknown_test_count
{%- endmacro %}

{# The sums of these counts: over rows, or of two rows beside each other. #}
{% macro failing_test_sums(left_side=none, right_side=none) -%}
    {%- set classes = ['flaky', 'regression', 'environment', 'infrastructure', 'unknown'] -%}
    {%- for class in ['failing'] + classes -%}
        {%- set column = class ~ '_test_count' -%}
        {%- set left_count = 'coalesce(' ~ left_side ~ '.' ~ column ~ ', 0)' -%}
        {%- set right_count = 'coalesce(' ~ right_side ~ '.' ~ column ~ ', 0)' -%}
        {%- set both = left_count ~ ' + ' ~ right_count -%}
        {%- set total = both if left_side else 'sum(' ~ column ~ ')' -%}
        {{- 'cast(' ~ total ~ ' as bigint) as ' ~ column ~ (', ' if not loop.last else '') -}}
    {%- endfor -%}
{%- endmacro %}
