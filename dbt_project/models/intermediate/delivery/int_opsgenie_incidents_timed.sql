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

ended as (
    select
        placed.*,
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
        end as closed_at
    from placed
    left join timed
        on placed.incident_id = timed.incident_id
),

final as (
    select
        ended.vendor,
        cast(null as string) as repository,
        ended.incident_id,
        try_cast(ended.tiny_id as bigint) as incident_number,
        ended.title,
        coalesce(
            services.service_name,
            {{ regex_group('lower(ended.tags)', '"service:([^"]+)"', 1) }},
            ended.service_id
        ) as vendor_service,
        {{ named_deployment(
            "concat_ws(' ', ended.title, ended.description, ended.extra_properties)"
        ) }} as named_deployment_id,
        ended.priority as severity,
        coalesce(ended.impact_start_at, ended.created_at) as opened_at,
        -- Opsgenie itself acknowledges the alerts of responders once the incident is resolved.
        case
            when ended.acknowledged_at <= coalesce(ended.closed_at, ended.acknowledged_at)
                then ended.acknowledged_at
        end as acknowledged_at,
        ended.closed_at,
        ended.html_url,
        ended.loaded_at
    from ended
    left join services
        on ended.service_id = services.service_id
)

select * from final
