with evidence as (
    select * from {{ ref('fct_test_state_evidence') }}
),

limits as (
    select
        max(case when parameter = 'window' then parameter_value end) as window_length,
        max(case when parameter = 'smoothing' then parameter_value end) as smoothing,
        max(case when parameter = 'minimum_window_share' then parameter_value end)
            as minimum_window_share,
        max(case when parameter = 'activation' then parameter_value end) as activation,
        max(case when parameter = 'resolution' then parameter_value end) as resolution
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_trend'
),

-- First attempts where everybody's code runs.
firsts as (
    select
        current_test_key as test_key,
        environment,
        is_first_failed,
        lag(is_first_failed) over (
            partition by current_test_key, environment order by first_seen_at, code_sha, test_key
        ) as was_failed_before,
        row_number() over (
            partition by current_test_key, environment order by first_seen_at, code_sha, test_key
        ) as attempt_number
    from evidence
    where is_shared_history
),

windows as (
    select
        firsts.test_key,
        firsts.environment,
        floor((firsts.attempt_number - 1) / limits.window_length) as window_number,
        count(*) as attempt_count,
        count(*) filter (where firsts.is_first_failed) as failed_count,
        count(firsts.was_failed_before) as neighbour_count,
        count(*) filter (where firsts.is_first_failed <> firsts.was_failed_before) as flip_count
    from firsts
    cross join limits
    group by
        firsts.test_key, firsts.environment,
        floor((firsts.attempt_number - 1) / limits.window_length)
),

-- A window that has only begun waits until it is half full.
judged as (
    select
        windows.*,
        limits.smoothing,
        max(windows.window_number) over (
            partition by windows.test_key, windows.environment
        ) as newest_window_number,
        case
            when windows.failed_count >= limits.activation * windows.attempt_count then 1
            when windows.failed_count <= limits.resolution * windows.attempt_count then 0
        end as switched_to
    from windows
    cross join limits
    where windows.neighbour_count >= limits.minimum_window_share * limits.window_length
),

-- The oldest window begins the average, every newer one is mixed in.
series as (
    select
        test_key,
        environment,
        sum(neighbour_count) as neighbour_count,
        sum(
            cast(flip_count as double) / neighbour_count
            * power(1 - smoothing, newest_window_number - window_number)
            * case when window_number = 0 then 1 else smoothing end
        ) as flip_ratio,
        coalesce(max_by(switched_to, case when switched_to is not null then window_number end), 0)
            as is_on
    from judged
    group by test_key, environment
),

weighed as (
    select
        test_key,
        sum(flip_ratio * neighbour_count) / sum(neighbour_count) as flip_ewma_ratio,
        max(is_on) = 1 as is_failure_ratio_high
    from series
    group by test_key
),

counted as (
    select
        test_key,
        sum(attempt_count) as first_attempt_count,
        sum(failed_count) as first_failure_count,
        sum(neighbour_count) as neighbour_count,
        sum(flip_count) as flip_count,
        cast(sum(failed_count) as double) / sum(attempt_count) as first_failure_ratio
    from windows
    group by test_key
),

final as (
    select
        counted.test_key,
        cast(counted.first_attempt_count as bigint) as first_attempt_count,
        cast(counted.first_failure_count as bigint) as first_failure_count,
        cast(counted.neighbour_count as bigint) as neighbour_count,
        cast(counted.flip_count as bigint) as flip_count,
        counted.first_failure_ratio,
        cast(counted.flip_count as double) / nullif(counted.neighbour_count, 0) as flip_ratio,
        round(weighed.flip_ewma_ratio, 12) as flip_ewma_ratio,
        case
            when counted.first_failure_count in (0, counted.first_attempt_count)
                then cast(0 as double)
            else round(
                -counted.first_failure_ratio * log2(counted.first_failure_ratio)
                - (1 - counted.first_failure_ratio) * log2(1 - counted.first_failure_ratio), 9
            )
        end as verdict_entropy,
        weighed.is_failure_ratio_high
    from counted
    left join weighed
        on counted.test_key = weighed.test_key
)

select * from final
