with evidence as (
    select * from {{ ref('fct_test_state_evidence') }}
),

limits as (
    select
        max(case when parameter = 'clear_days' then parameter_value end) as clear_days,
        max(case when parameter = 'clear_passes' then parameter_value end) as clear_passes
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_evidence'
),

dates as (
    select max(calendar_date) as today from {{ ref('dim_dates') }}
),

passes as (
    select
        current_test_key as test_key,
        repository,
        pass_count,
        evidence_points,
        first_seen_at,
        last_seen_at,
        row_number() over (
            partition by current_test_key order by first_seen_at, code_sha, environment, test_key
        ) as state_number,
        sum(pass_count) over (
            partition by current_test_key order by first_seen_at, code_sha, environment, test_key
            rows between unbounded preceding and current row
        ) as passes_so_far,
        sum(pass_count) over (partition by current_test_key) as passes_in_all
    from evidence
),

neighbours as (
    select
        *,
        lag(last_seen_at) over (partition by test_key order by state_number) as previous_seen_at,
        lag(passes_so_far) over (partition by test_key order by state_number) as previous_passes
    from passes
    where evidence_points > 0
),

-- So long without evidence, and what comes after is another episode.
numbered as (
    select
        neighbours.*,
        limits.clear_days,
        limits.clear_passes,
        sum(
            case
                when neighbours.previous_passes is null then 1
                when
                    neighbours.passes_so_far - neighbours.pass_count - neighbours.previous_passes
                    >= limits.clear_passes
                    then 1
                when
                    {{ days_between(
                        business_date('neighbours.previous_seen_at'),
                        business_date('neighbours.first_seen_at')
                    ) }} >= limits.clear_days
                    then 1
                else 0
            end
        ) over (
            partition by neighbours.test_key order by neighbours.state_number
            rows between unbounded preceding and current row
        ) as episode_number
    from neighbours
    cross join limits
),

episodes as (
    select
        test_key,
        cast(episode_number as bigint) as episode_number,
        min(repository) as repository,
        count(*) as evidence_count,
        {{ exact_sum('evidence_points') }} as evidence_score,
        cast(max(passes_in_all) - max(passes_so_far) as bigint) as pass_since_count,
        max(clear_days) as clear_days,
        max(clear_passes) as clear_passes,
        max(episode_number) over (partition by test_key) as newest_number,
        min(first_seen_at) as started_at,
        max(last_seen_at) as last_evidence_at
    from numbered
    group by test_key, episode_number
),

final as (
    select
        {{ surrogate_key(['episodes.test_key', 'episodes.episode_number']) }}
            as flake_episode_key,
        episodes.test_key,
        episodes.episode_number,
        episodes.repository,
        episodes.evidence_count,
        episodes.evidence_score,
        episodes.pass_since_count,
        episodes.episode_number = episodes.newest_number
        and episodes.pass_since_count < episodes.clear_passes
        and {{ days_between(business_date('episodes.last_evidence_at'), 'dates.today') }}
        < episodes.clear_days as is_open,
        episodes.started_at,
        episodes.last_evidence_at
    from episodes
    cross join dates
)

select * from final
