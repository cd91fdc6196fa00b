with evidence as (
    select * from {{ ref('mart_test__flake_clearances') }}
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

neighbours as (
    select
        *,
        max(evidence_until_at) over (
            partition by test_key order by state_number
            rows between unbounded preceding and 1 preceding
        ) as previous_evidence_at
    from evidence
),

-- So many days without evidence, and what comes after is another episode.
spelled as (
    select
        neighbours.*,
        limits.clear_days,
        limits.clear_passes,
        sum(
            case
                when
                    {{ days_between(
                        business_date('neighbours.previous_evidence_at'),
                        business_date('neighbours.evidence_since_at')
                    ) }} < limits.clear_days
                    then 0
                else 1
            end
        ) over (
            partition by neighbours.test_key order by neighbours.state_number
            rows between unbounded preceding and current row
        ) as spell_number
    from neighbours
    cross join limits
),

-- And so are so many passes, when every environment that flaked within these days had them.
begun as (
    select
        *,
        case
            when
                -- Not yet is later than all that is known.
                max(coalesce(cleared_number, 1000000000000)) over (
                    partition by test_key, spell_number order by state_number
                    rows between unbounded preceding and 1 preceding
                ) >= state_number
                then 0
            else 1
        end as begun_count
    from spelled
),

numbered as (
    select
        *,
        sum(begun_count) over (
            partition by test_key order by state_number
            rows between unbounded preceding and current row
        ) as episode_number
    from begun
),

episodes as (
    select
        test_key,
        cast(episode_number as bigint) as episode_number,
        min(repository) as repository,
        count(*) as evidence_count,
        {{ exact_sum('evidence_points') }} as evidence_score,
        min(pass_since_count) as pass_since_count,
        max(clear_days) as clear_days,
        max(clear_passes) as clear_passes,
        max(episode_number) over (partition by test_key) as newest_number,
        min(evidence_since_at) as started_at,
        max(evidence_until_at) as last_evidence_at
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
