with signals as (
    select * from {{ ref('int_issue_signals_united') }}
),

stages as (
    select * from {{ ref('issue_stages') }}
),

rules as (
    select
        *,
        -- `*` stands for any text; everything else for itself.
        replace(
            replace(replace(replace(lower(signal_name), '!', '!!'), '_', '!_'), '%', '!%'), '*', '%'
        ) as like_pattern
    from {{ ref('issue_stage_signals') }}
),

names as (
    select
        vendor,
        signal_kind,
        signal_name
    from signals
    group by vendor, signal_kind, signal_name
),

ranked as (
    select
        names.vendor,
        names.signal_kind,
        names.signal_name,
        rules.stage,
        row_number() over (
            partition by names.vendor, names.signal_kind, names.signal_name
            order by
                case when rules.vendor is null then 1 else 0 end asc,
                length(rules.signal_name) desc,
                rules.signal_name asc
        ) as rule_rank
    from names
    inner join rules
        on
            names.vendor = coalesce(rules.vendor, names.vendor)
            and names.signal_kind = rules.signal_kind
            and names.signal_name like rules.like_pattern escape '!'
),

mapped as (
    select
        signals.*,
        stages.stage,
        stages.stage_order,
        stages.is_waiting,
        stages.is_final,
        -- A state ends with the next one; a label with its removal.
        case when signals.signal_kind = 'state' then 'state' else signals.signal_name end as slot
    from signals
    inner join ranked
        on
            signals.vendor = ranked.vendor
            and signals.signal_kind = ranked.signal_kind
            and signals.signal_name = ranked.signal_name
            and ranked.rule_rank = 1
    inner join stages
        on ranked.stage = stages.stage
),

ended as (
    select
        *,
        lead(occurred_at) over (
            partition by vendor, repository, issue_id, signal_kind, slot
            order by occurred_at, event_order, is_added, signal_name
        ) as ended_at
    from mapped
),

final as (
    select
        vendor,
        repository,
        issue_id,
        signal_kind,
        signal_name,
        stage,
        stage_order,
        is_waiting,
        is_final,
        is_observed,
        signal_kind = 'state' and signal_name <> 'opened' as is_closing,
        occurred_at as started_at,
        ended_at,
        loaded_at
    from ended
    where is_added and (ended_at is null or ended_at > occurred_at)
)

select * from final
