{#- A vendor adds a model with these columns. -#}
{%- set columns = [
    'vendor', 'repository', 'issue_id', 'signal_kind', 'signal_name', 'is_added', 'event_order',
    'occurred_at', 'loaded_at',
] -%}
{%- set models = [
    'int_github_issue_signals_found',
    'int_gitlab_issue_signals_found',
] -%}
with observed as (
    {{ united_rows(columns, models) }}
),

issues as (
    select * from {{ ref('int_issues_united') }}
),

issue_labels as (
    select
        vendor,
        repository,
        issue_id,
        {{ json_texts('lower(labels)') }} as label_name,
        created_at,
        loaded_at
    from issues
),

opened as (
    select
        vendor,
        repository,
        issue_id,
        'state' as signal_kind,
        'opened' as signal_name,
        true as is_added,
        cast(0 as bigint) as event_order,
        created_at as occurred_at,
        loaded_at,
        true as is_observed
    from issues
),

-- What an issue shows and no event told: closed at a known time, labelled at an unknown one.
closed as (
    select
        issues.vendor,
        issues.repository,
        issues.issue_id,
        'state' as signal_kind,
        'closed' as signal_name,
        true as is_added,
        cast(0 as bigint) as event_order,
        issues.closed_at as occurred_at,
        issues.loaded_at,
        true as is_observed
    from issues
    left join observed
        on
            issues.vendor = observed.vendor
            and issues.repository = observed.repository
            and issues.issue_id = observed.issue_id
            and observed.signal_kind = 'state'
            and observed.signal_name like 'closed%'
    where issues.closed_at is not null and observed.issue_id is null
),

labelled as (
    select
        issue_labels.vendor,
        issue_labels.repository,
        issue_labels.issue_id,
        'label' as signal_kind,
        issue_labels.label_name as signal_name,
        true as is_added,
        cast(0 as bigint) as event_order,
        issue_labels.created_at as occurred_at,
        issue_labels.loaded_at,
        false as is_observed
    from issue_labels
    left join observed
        on
            issue_labels.vendor = observed.vendor
            and issue_labels.repository = observed.repository
            and issue_labels.issue_id = observed.issue_id
            and observed.signal_kind = 'label'
            and issue_labels.label_name = observed.signal_name
    where observed.issue_id is null
),

final as (
    select
        *,
        true as is_observed
    from observed
    union all
    select * from opened
    union all
    select * from closed
    union all
    select * from labelled
)

select * from final
