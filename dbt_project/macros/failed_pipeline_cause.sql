{#
    Cause of a failed pipeline, or the rule that decided it. `combined` is what its failing jobs say
    together, `sums` counts them, `loose` has failing tests whose job is not known.
#}
{% macro failed_pipeline_cause(what) -%}
    {%- if what == 'cause' -%}
        case
            when attempts.result = 'startup_failure' and sums.failing_job_count is null
                then 'configuration'
            when attempts.result = 'timed_out' and combined.cause_count is null then 'timeout'
            when combined.cause_count = 1 then combined.failure_cause
            when combined.cause_count = 2 and combined.unknown_count > 0
                then case when combined.regression_count > 0 then 'regression' else 'unknown' end
            when combined.cause_count > 1 then 'mixed'
            when combined.cancelled_count > 0 or attempts.cancel_reason is not null then 'cancelled'
            else 'unknown'
        end
    {%- else -%}
        case
            when attempts.result = 'startup_failure' and sums.failing_job_count is null
                then 'configuration'
            when attempts.result = 'timed_out' and combined.cause_count is null then 'time_limit'
            when sums.failing_job_count is null and loose.failing_test_count is null
                then 'run_without_failing_job'
            when combined.rule_count > 1 then 'several'
            else coalesce(combined.cause_rule, 'none')
        end
    {%- endif -%}
{%- endmacro %}
