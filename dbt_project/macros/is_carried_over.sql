{#
    Whether a run only lists a job once more that an earlier one ran: a re-run of what failed does
    so, with the times at which the job ran then. It is an attempt of the same run, or, with
    CircleCI, a run of its own that names the one before.
#}
{% macro is_carried_over(jobs, attempts) -%}
    coalesce(
        (
            {{ jobs }}.run_attempt > 1
            and {{ jobs }}.completed_at <= {{ attempts }}.run_started_at
        )
        or (
            {{ attempts }}.parent_run_id is not null
            and {{ jobs }}.started_at < {{ attempts }}.run_created_at
        ),
        false
    )
{%- endmacro %}
