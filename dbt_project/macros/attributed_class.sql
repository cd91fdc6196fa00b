{#
    What the same failure elsewhere tells. A flaky test may break for good: when its own rate is all
    that speaks for a flake, and a test beside it breaks in the same way, it is no flake. Code that
    began from a broken commit says nothing of its own and fails as that commit did: a regression,
    unless the test is known to be flaky. And who fails in an outage as it fails outside of it has a
    reason of its own.
#}
{% macro attributed_class() -%}
    case
        when failure_class_rule = 'own_rate_explains'
            then coalesce(
                max(case when failure_class = 'regression' then failure_class end) over (
                    partition by
                        coalesce(workflow_run_attempt_key, report_id), failure_fingerprint
                ),
                failure_class
            )
        when failure_class_rule = 'none' and is_told_by_its_message
            then coalesce(
                max(case when failure_class = 'regression' then failure_class end) over (
                    partition by test_key, environment, failure_fingerprint
                ),
                failure_class
            )
        when failure_class_rule = 'outage'
            then coalesce(
                substring(
                    min(cast(class_rank as string) || failure_class) over (
                        partition by test_key, failure_fingerprint
                    ), 2
                ),
                failure_class
            )
        else failure_class
    end
{%- endmacro %}
