{# The system that a text names: linux, windows or macos; NULL where it names none. #}
{% macro operating_system(text) -%}
    case
        when {{ regex_group('lower(' ~ text ~ ')', '(windows|win32|win64|win-)', 1) }} is not null
            then 'windows'
        when {{ regex_group('lower(' ~ text ~ ')', '(macos|mac os|mac-|darwin|osx)', 1) }} is not null
            then 'macos'
        when {{ regex_group(
            'lower(' ~ text ~ ')', '(linux|ubuntu|debian|alpine|centos|fedora|rhel)', 1
        ) }} is not null then 'linux'
    end
{%- endmacro %}
