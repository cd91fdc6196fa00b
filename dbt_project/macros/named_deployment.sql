{#
    The deployment that a text names as `Deployment: 4711` or `Deployment: #4711`, also as a member
    of a JSON object: a vendor's number, or the 16 characters by which `testops dora deploy` knows a
    deployment.
#}
{% macro named_deployment(text) -%}
    coalesce(
        {{ regex_group(text, 'Deployment"?: *"?#?([0-9a-f]{16})([^0-9A-Za-z]|$)', 1) }},
        {{ regex_group(text, 'Deployment"?: *"?#?([0-9]+)', 1) }}
    )
{%- endmacro %}
