with spans as (
    select * from {{ ref('int_issue_signal_spans_found') }}
),

parameters as (
    select max(parameter_value) as settle_seconds
    from {{ ref('rule_parameters') }}
    where rule_name = 'issue_flow' and parameter = 'settle_seconds'
),

changes as (
    select
        vendor,
        repository,
        issue_id,
        started_at as changed_at
    from spans
    union all
    select
        vendor,
        repository,
        issue_id,
        ended_at as changed_at
    from spans
    where ended_at is not null
),

moments as (
    select
        vendor,
        repository,
        issue_id,
        changed_at
    from changes
    group by vendor, repository, issue_id, changed_at
),

active as (
    select
        moments.changed_at,
        spans.*,
        max(case when spans.is_closing then 1 else 0 end) over (
            partition by
                moments.vendor, moments.repository, moments.issue_id, moments.changed_at
        ) = 1 as is_closed,
        max(case when spans.signal_kind = 'state' then spans.started_at end) over (
            partition by
                moments.vendor, moments.repository, moments.issue_id, moments.changed_at
        ) as state_started_at
    from moments
    inner join spans
        on
            moments.vendor = spans.vendor
            and moments.repository = spans.repository
            and moments.issue_id = spans.issue_id
            and moments.changed_at >= spans.started_at
            and (spans.ended_at is null or moments.changed_at < spans.ended_at)
),

-- Closed: the furthest stage counts. Open: waiting first, then the signal that came last; being
-- open is the least of them, but a label of the end that is older than that says nothing.
ranked as (
    select
        *,
        row_number() over (
            partition by vendor, repository, issue_id, changed_at
            order by
                case when is_waiting and not is_closed then 0 else 1 end asc,
                case when is_closed then stage_order else 0 end desc,
                case
                    when is_closed then 0
                    when signal_kind = 'state' then 1
                    when is_final and started_at < state_started_at then 2
                    else 0
                end asc,
                started_at desc,
                stage_order desc,
                signal_name asc
        ) as signal_rank
    from active
),

changed as (
    select
        *,
        lag(stage) over (
            partition by vendor, repository, issue_id order by changed_at
        ) as stage_before
    from ranked
    where signal_rank = 1
),

entered as (
    select
        *,
        lead(changed_at) over (
            partition by vendor, repository, issue_id order by changed_at
        ) as next_changed_at
    from changed
    where stage_before is null or stage_before <> stage
),

-- Labels are exchanged one after the other; what lies between is no visit.
settled as (
    select
        entered.*,
        lag(entered.stage) over (
            partition by entered.vendor, entered.repository, entered.issue_id
            order by entered.changed_at
        ) as settled_before
    from entered
    cross join parameters
    where
        entered.next_changed_at is null
        or {{ seconds_between('entered.changed_at', 'entered.next_changed_at') }}
        >= parameters.settle_seconds
),

final as (
    select
        vendor,
        repository,
        issue_id,
        stage,
        stage_order,
        is_waiting,
        is_final,
        is_observed,
        changed_at as entered_at,
        loaded_at
    from settled
    where settled_before is null or settled_before <> stage
)

select * from final
