with issues as (
    select * from {{ ref('stg_gitlab_ci__issues') }}
),

incident_labels as (
    select lower(label) as label_name
    from {{ ref('incident_labels') }}
    where coalesce(vendor, 'gitlab_ci') = 'gitlab_ci'
),

labels as (
    select
        repository,
        issue_number,
        {{ json_texts('lower(labels)') }} as label_name
    from issues
),

labelled as (
    select
        labels.repository,
        labels.issue_number
    from labels
    inner join incident_labels
        on labels.label_name = incident_labels.label_name
    group by labels.repository, labels.issue_number
),

-- GitLab has a type of issue for incidents, whatever their labels.
final as (
    select
        issues.vendor,
        issues.repository,
        cast(issues.issue_number as string) as incident_id,
        issues.issue_number as incident_number,
        issues.title,
        coalesce(
            trim({{ regex_group('issues.body', 'Service: *([^\n\r]+)', 1) }}),
            {{ regex_group('lower(issues.labels)', '"service:+([^"]+)"', 1) }}
        ) as vendor_service,
        {{ named_deployment('issues.body') }} as named_deployment_id,
        coalesce(
            issues.severity,
            {{ regex_group(
                'lower(issues.labels)', '"(?:severity|sev|priority)[:/ -]*([^"]+)"', 1
            ) }}
        ) as severity,
        issues.created_at as opened_at,
        cast(null as timestamp) as acknowledged_at,
        issues.closed_at,
        issues.html_url,
        issues.updated_at,
        issues.loaded_at
    from issues
    left join labelled
        on
            issues.repository = labelled.repository
            and issues.issue_number = labelled.issue_number
    where labelled.issue_number is not null or lower(issues.issue_type) = 'incident'
)

select * from final
