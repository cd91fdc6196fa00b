with jobs as (
    select * from {{ ref('fct_job_attempts') }}
    where completed_at > started_at and result <> 'skipped' and is_carried_over is not true
),

runners as (
    select
        runner_groups.*,
        configured.capacity_count as told_count
    from {{ ref('dim_runners') }} as runner_groups
    left join {{ ref('runner_capacities') }} as configured
        on
            runner_groups.vendor = configured.vendor
            and runner_groups.runner_group_name = configured.runner_group_name
            and runner_groups.runner_labels = configured.runner_labels
),

-- Where a job ran and where it waited: since it could run, not since its pipeline made it.
spells as (
    select
        runner_key,
        true as is_busy,
        started_at as from_time,
        completed_at as to_time
    from jobs
    union all
    select
        runner_key,
        false as is_busy,
        {{ instant_after('started_at', '-queue_seconds', 'null') }} as from_time,
        started_at as to_time
    from jobs
    where queue_seconds > 0
),

slices as (
    select
        *,
        from_time < quarter_at as is_carried,
        {{ seconds_between(
            'greatest(from_time, quarter_at)', 'least(to_time, quarter_at + interval 15 minute)'
        ) }} as slice_seconds
    from (
        select
            *,
            {{ each_quarter('from_time', 'to_time') }} as quarter_at
        from spells
    ) as cut
),

measured as (
    select
        runner_key,
        quarter_at,
        {{ exact_sum('slice_seconds', 'is_busy') }} as busy_seconds,
        {{ exact_sum('slice_seconds', 'not is_busy') }} as waiting_seconds,
        count(*) filter (where is_busy and is_carried and slice_seconds > 0) as carried_count,
        count(*) filter (where not is_busy and is_carried and slice_seconds > 0) as waited_count,
        count(*) filter (where is_busy) as job_count,
        count(*) filter (where not is_busy and slice_seconds > 0) as waiting_job_count
    from slices
    group by runner_key, quarter_at
),

-- The most at once: looked at whenever one begins, and ends go first.
moments as (
    select
        runner_key,
        is_busy,
        from_time as moment_at,
        1 as difference
    from spells
    union all
    select
        runner_key,
        is_busy,
        to_time as moment_at,
        -1 as difference
    from spells
),

at_once as (
    select
        *,
        -- What happens in one moment is summed as one.
        sum(difference) over (partition by runner_key, is_busy order by moment_at, difference)
            as once_count
    from moments
),

peaks as (
    select
        runner_key,
        {{ quarter_start('moment_at') }} as quarter_at,
        max(case when is_busy then once_count end) as running_count,
        max(case when not is_busy then once_count end) as waiting_count
    from at_once
    where difference = 1
    group by runner_key, {{ quarter_start('moment_at') }}
),

-- Where nobody says how many there are: what ran at once at most in the days up to here.
sized as (
    select
        *,
        max(concurrent_job_count) over (
            partition by runner_key
            order by quarter_at
            range between interval {{ var('capacity_days') }} days preceding and current row
        ) as shown_count
    from (
        select
            measured.*,
            cast(greatest(measured.carried_count, coalesce(peaks.running_count, 0)) as bigint)
                as concurrent_job_count,
            cast(greatest(measured.waited_count, coalesce(peaks.waiting_count, 0)) as bigint)
                as concurrent_waiting_job_count
        from measured
        left join peaks
            on
                measured.runner_key = peaks.runner_key
                and measured.quarter_at = peaks.quarter_at
        where measured.busy_seconds > 0 or measured.waiting_seconds > 0
    ) as joined
),

final as (
    select
        sized.runner_key,
        runners.vendor,
        runners.runner_group_name,
        runners.runner_labels,
        sized.job_count,
        sized.waiting_job_count,
        sized.concurrent_job_count,
        sized.concurrent_waiting_job_count,
        coalesce(runners.told_count, sized.shown_count) as capacity_count,
        coalesce(sized.busy_seconds, 0) as busy_seconds,
        coalesce(sized.waiting_seconds, 0) as waiting_seconds,
        coalesce(sized.busy_seconds, 0)
        / nullif(900.0e0 * coalesce(runners.told_count, sized.shown_count), 0) as load_ratio,
        runners.told_count is not null as is_capacity_configured,
        {{ business_date('sized.quarter_at') }} as quarter_date,
        sized.quarter_at
    from sized
    inner join runners
        on sized.runner_key = runners.runner_key
)

select * from final
