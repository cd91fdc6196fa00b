with loads as (
    select * from {{ ref('fct_source_loads') }}
),

runs as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

newest_events as (
    select
        vendor as event_source,
        max(run_created_at) as newest_event_at
    from runs
    group by vendor
    union all
    select
        'git_history' as event_source,
        max(committed_at) as newest_event_at
    from commits
),

ranked as (
    select
        *,
        row_number() over (partition by source order by loaded_at desc) as load_rank,
        count(*) over (partition by source) as load_count,
        sum(row_count) over (partition by source) as total_row_count,
        max(case when loaded_count > 0 then loaded_at end) over (partition by source)
            as last_new_at
    from loads
),

final as (
    select
        ranked.source,
        ranked.mode,
        ranked.load_count,
        ranked.seen_count,
        ranked.loaded_count,
        ranked.unchanged_count,
        ranked.partial_count,
        ranked.rejected_count,
        ranked.row_count,
        cast(ranked.total_row_count as bigint) as total_row_count,
        ranked.byte_count,
        ranked.duration_seconds,
        ranked.started_at,
        ranked.finished_at,
        ranked.cursor_at,
        newest_events.newest_event_at,
        ranked.last_new_at,
        ranked.loaded_at
    from ranked
    left join newest_events on ranked.source = newest_events.event_source
    where ranked.load_rank = 1
)

select * from final
