{#
    Class and name of a test as people say them. Reporters of Jest and Mocha write the words of the
    one into the other, as in class `cart adds` and name `adds`: these words are said once.
#}
{% macro full_test_name(tests) -%}
    case
        when
            {{ tests }}.class_name is null
            or substring({{ tests }}.test_name, 1, length({{ tests }}.class_name) + 1)
            = {{ tests }}.class_name || ' '
            or right(' ' || {{ tests }}.test_name, length({{ tests }}.class_name) + 1)
            = ' ' || {{ tests }}.class_name
            then {{ tests }}.test_name
        when
            right({{ tests }}.class_name, length({{ tests }}.test_name) + 1)
            = ' ' || {{ tests }}.test_name
            then {{ tests }}.class_name
        else {{ tests }}.class_name || '.' || {{ tests }}.test_name
    end
{%- endmacro %}
