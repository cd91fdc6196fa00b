with scores as (
    select * from {{ ref('mart_insight__scores_weekly') }}
),

limits as (
    select
        {% for name in [
            'stable_from', 'watch_from', 'degraded_from', 'leave_points'] -%}
            max(case when parameter = '{{ name }}' then parameter_value end) as {{ name }},
        {% endfor -%}
        max(case when parameter = 'minimum_peers' then parameter_value end) as minimum_peers
    from {{ ref('rule_parameters') }}
    where rule_name in ('score_band', 'benchmark')
),

placed as (
    select
        scores.weekly_series_key,
        scores.series_key,
        scores.week_start_date,
        scores.score,
        limits.leave_points,
        case
            when scores.score >= limits.stable_from then 4
            when scores.score >= limits.watch_from then 3
            when scores.score >= limits.degraded_from then 2
            else 1
        end as week_order,
        case
            when scores.score >= limits.stable_from then limits.stable_from
            when scores.score >= limits.watch_from then limits.watch_from
            when scores.score >= limits.degraded_from then limits.degraded_from
        end as lower_limit,
        case
            when scores.score >= limits.stable_from then null
            when scores.score >= limits.watch_from then limits.stable_from
            when scores.score >= limits.degraded_from then limits.watch_from
            else limits.degraded_from
        end as upper_limit
    from scores
    cross join limits
    where scores.score is not null
),

-- The band right beyond a limit that is fewer than 3 points away; none elsewhere.
neared as (
    select
        *,
        case
            when score - lower_limit < leave_points then week_order - 1
            when upper_limit - score < leave_points then week_order + 1
        end as near_order,
        lag(week_order) over (partition by series_key order by week_start_date) as last_order
    from placed
),

-- A week that came from the band right beyond stays there, unless the week before did so already.
candidates as (
    select
        *,
        coalesce(near_order = last_order, false) as is_candidate,
        sum(case when near_order = last_order then 0 else 1 end) over (
            partition by series_key order by week_start_date
        ) as spell
    from neared
),

held as (
    select
        *,
        (row_number() over (partition by series_key, spell order by week_start_date) - 1) % 2 = 1
            as is_held
    from candidates
),

goods as (
    select
        weekly_series_key,
        metric,
        grain,
        week_start_date,
        case when better = 'lower' then -metric_value else metric_value end as goodness
    from scores
    where is_sufficient
),

peers as (
    select
        weekly_series_key,
        count(*) over (partition by metric, grain, week_start_date) - 1 as peer_count,
        {{ percentile_rank('goodness', 'metric, grain, week_start_date') }} as peer_percentile
    from goods
),

final as (
    select
        scores.weekly_series_key,
        scores.series_key,
        scores.metric,
        scores.grain,
        scores.entity,
        scores.team,
        scores.value_kind,
        scores.better,
        scores.observation_count,
        scores.metric_value,
        scores.score,
        {{ band_name('case when held.is_held then held.near_order else held.week_order end') }}
            as band,
        {{ band_name('held.week_order') }} as week_band,
        coalesce(held.is_held, false) as is_band_held,
        scores.base_value,
        earlier.metric_value as previous_value,
        coalesce(peers.peer_count, 0) as peer_count,
        case when peers.peer_count >= limits.minimum_peers then peers.peer_percentile end
            as peer_percentile,
        scores.week_start_date
    from scores
    cross join limits
    left join held
        on scores.weekly_series_key = held.weekly_series_key
    left join peers
        on scores.weekly_series_key = peers.weekly_series_key
    left join scores as earlier
        on
            scores.series_key = earlier.series_key
            and earlier.is_sufficient
            and {{ days_between('earlier.week_start_date', 'scores.week_start_date') }} = 7
)

select * from final
