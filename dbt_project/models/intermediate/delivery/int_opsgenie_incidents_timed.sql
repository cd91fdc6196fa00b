with incidents as (
    select * from {{ ref('stg_opsgenie__incidents') }}
),

timeline_entries as (
    select * from {{ ref('stg_opsgenie__timeline_entries') }}
),

services as (
    select * from {{ ref('stg_opsgenie__services') }}
),

reopened as (
    select
        incident_id,
        max(occurred_at) as reopened_at
    from timeline_entries
    where entry_type like '%Reopened'
    group by incident_id
),

-- What ended before an incident was opened again did not end it.
timed as (
    select
        timeline_entries.incident_id,
        min(
            case
                when entry_type like '%Acked' or entry_type like '%Acknowledged' then occurred_at
            end
        ) as acknowledged_at,
        max(
            case
                when
                    entry_type = 'IncidentResolved'
                    and occurred_at >= coalesce(reopened.reopened_at, occurred_at)
                    then occurred_at
            end
        ) as resolved_at,
        max(case when entry_type = 'IncidentClosed' then occurred_at end) as closed_at,
        max(reopened.reopened_at) as reopened_at
    from timeline_entries
    left join reopened
        on timeline_entries.incident_id = reopened.incident_id
    group by timeline_entries.incident_id
),

-- An incident may hit several services; the first that is named stands for it.
placed as (
    select
        *,
        {{ json_first('service_ids') }} as service_id
    from incidents
),

final as (
    select
        placed.vendor,
        cast(null as string) as repository,
        placed.incident_id,
        try_cast(placed.tiny_id as bigint) as incident_number,
        placed.title,
        coalesce(
            services.service_name,
            {{ regex_group('lower(placed.tags)', '"service:([^"]+)"', 1) }},
            placed.service_id
        ) as vendor_service,
        {{ named_deployment(
            "concat_ws(' ', placed.title, placed.description, placed.extra_properties)"
        ) }} as named_deployment_id,
        placed.priority as severity,
        coalesce(placed.impact_start_at, placed.created_at) as opened_at,
        timed.acknowledged_at,
        case
            when lower(placed.status) in ('resolved', 'closed')
                then coalesce(
                    timed.resolved_at,
                    case
                        when
                            placed.impact_end_at
                            >= coalesce(timed.reopened_at, placed.impact_end_at)
                            then placed.impact_end_at
                    end,
                    timed.closed_at,
                    placed.updated_at
                )
        end as closed_at,
        placed.html_url,
        placed.loaded_at
    from placed
    left join timed
        on placed.incident_id = timed.incident_id
    left join services
        on placed.service_id = services.service_id
)

select * from final
