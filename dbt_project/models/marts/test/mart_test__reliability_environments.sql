-- All suites of an environment run together: their chances multiply, to the same nine digits.
with suites as (
    select
        repository_key,
        environment,
        min(repository) as repository,
        sum(gating_test_count) as gating_test_count,
        sum(unreliable_test_count) as unreliable_test_count,
        max(retry_count) as retry_count,
        sum(cast(log_reliability as decimal(18, 9))) as log_reliability,
        sum(cast(log_retried_reliability as decimal(18, 9))) as log_retried_reliability
    from {{ ref('mart_test__reliability_suites') }}
    group by repository_key, environment
),

final as (
    select
        repository_key,
        environment,
        repository,
        cast(gating_test_count as bigint) as gating_test_count,
        cast(unreliable_test_count as bigint) as unreliable_test_count,
        retry_count,
        cast(log_reliability as double) as log_reliability,
        cast(log_retried_reliability as double) as log_retried_reliability,
        round(exp(cast(log_reliability as double)), 6) as suite_reliability_ratio,
        round(exp(cast(log_retried_reliability as double)), 6) as retried_suite_reliability_ratio
    from suites
)

select * from final
