{{ config(materialized='ephemeral') }}

with episodes as (
    select
        *,
        lag(last_evidence_at) over (partition by test_key order by episode_number)
            as previous_evidence_at
    from {{ ref('mart_test__flake_episodes') }}
),

pause as (
    select max(case when parameter = 'days_before' then parameter_value end) as days_before
    from {{ ref('rule_parameters') }}
    where rule_name = 'flaky_change'
),

-- A rare flake makes one episode after the other, which is no news: only what comes after a pause
-- as long as the time that is compared with begins anew.
final as (
    select
        episodes.test_key,
        max(episodes.started_at) as began_at,
        count(*) as beginning_count
    from episodes
    cross join pause
    where
        episodes.previous_evidence_at is null
        or {{ days_between(
            business_date('episodes.previous_evidence_at'), business_date('episodes.started_at')
        ) }} >= pause.days_before
    group by episodes.test_key
)

select * from final
