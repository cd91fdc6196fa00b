{#
    Our name of each service that a vendor calls by a name or id of its own. What the table of the
    organisation says about a vendor goes before what it says about all; of several the first.
#}
{% macro services_of_vendors(named) -%}
    select
        {{ named }}.vendor,
        {{ named }}.vendor_service,
        min_by(
            vendor_services.service,
            case when vendor_services.vendor is null then '1' else '0' end
            || vendor_services.service
        ) as service
    from {{ named }}
    inner join vendor_services
        on
            lower({{ named }}.vendor_service) = lower(vendor_services.vendor_service)
            and {{ named }}.vendor = coalesce(vendor_services.vendor, {{ named }}.vendor)
    group by {{ named }}.vendor, {{ named }}.vendor_service
{%- endmacro %}
