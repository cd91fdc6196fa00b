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

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

-- No clock: now is when anything was loaded last.
newest_load as (
    select max(loaded_at) as last_loaded_at from loads
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
        -- Clocks differ: what is ahead of the newest load is of now.
        case
            when
                coalesce(ranked.cursor_at, newest_events.newest_event_at)
                > newest_load.last_loaded_at
                then cast(0 as double)
            else {{ seconds_between(
                'coalesce(ranked.cursor_at, newest_events.newest_event_at)',
                'newest_load.last_loaded_at'
            ) }}
        end as source_lag_seconds,
        {{ seconds_between('ranked.last_new_at', 'newest_load.last_loaded_at') }}
            as source_quiet_seconds,
        dates.last_date as measured_date,
        ranked.started_at,
        ranked.finished_at,
        ranked.cursor_at,
        newest_events.newest_event_at,
        ranked.last_new_at,
        ranked.loaded_at
    from ranked
    cross join newest_load
    cross join dates
    left join newest_events on ranked.source = newest_events.event_source
    where ranked.load_rank = 1
)

select * from final
