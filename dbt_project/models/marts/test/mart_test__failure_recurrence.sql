with episodes as (
    select * from {{ ref('mart_test__failure_episodes') }}
),

tests as (
    select * from {{ ref('dim_tests') }}
),

fingerprints as (
    select * from {{ ref('dim_failure_fingerprints') }}
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select max(parameter_value) as half_life_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'failure_recurrence' and parameter = 'half_life_days'
),

weights as (
    select
        max(case when component = 'episodes' then weight end) as episode_weight,
        max(case when component = 'reopened' then weight end) as reopened_weight,
        max(case when component = 'recency' then weight end) as recency_weight,
        max(weight_version) as weight_version
    from {{ ref('score_weights') }}
    where score = 'failure_recurrence'
),

final as (
    select
        episodes.entity_kind,
        episodes.entity_key,
        tests.test_key,
        coalesce(tests.repository_key, fingerprints.repository_key) as repository_key,
        tests.team_key,
        tests.service_key,
        episodes.episode_count,
        episodes.reopened_count,
        episodes.days_since_count,
        episodes.last_failed_at,
        weights.weight_version,
        100 * (
            weights.episode_weight * episodes.episode_count / (episodes.episode_count + 2.0e0)
            + weights.reopened_weight * episodes.reopened_count / episodes.episode_count
            + weights.recency_weight
            * power(0.5e0, episodes.days_since_count / limits.half_life_days)
        ) as failure_recurrence_score,
        dates.last_date as measured_date
    from episodes
    cross join weights
    cross join limits
    cross join dates
    left join tests
        on
            episodes.entity_kind = 'test'
            and episodes.entity_key = tests.test_key
    left join fingerprints
        on
            episodes.entity_kind = 'fingerprint'
            and episodes.entity_key = fingerprints.failure_fingerprint
)

select * from final
