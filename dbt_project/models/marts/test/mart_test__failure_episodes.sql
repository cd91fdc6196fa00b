-- A renamed test is one test: what failed under an old name comes back under the present one.
with results as (
    select
        found.test_result_key,
        coalesce(renames.current_test_key, found.test_key) as test_key,
        found.is_failure,
        found.run_created_at
    from {{ ref('fct_test_results') }} as found
    left join {{ ref('fct_test_renames') }} as renames
        on found.test_key = renames.previous_test_key
    where found.is_execution and not found.is_outage and found.run_created_at is not null
),

failures as (
    select
        found.test_result_key,
        coalesce(renames.current_test_key, found.test_key) as test_key,
        found.failure_fingerprint,
        found.run_created_at
    from {{ ref('fct_test_failures') }} as found
    left join {{ ref('fct_test_renames') }} as renames
        on found.test_key = renames.previous_test_key
    where found.failure_class <> 'infrastructure' and found.run_created_at is not null
),

dates as (
    select max(calendar_date) as last_date from {{ ref('dim_dates') }}
),

limits as (
    select
        max(case when parameter = 'window_days' then parameter_value end) as window_days,
        max(case when parameter = 'separation_days' then parameter_value end) as separation_days,
        max(case when parameter = 'cleared_days' then parameter_value end) as cleared_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'failure_recurrence'
),

pairs as (
    select
        failure_fingerprint,
        test_key
    from failures
    where failure_fingerprint is not null
    group by failure_fingerprint, test_key
),

events as (
    select
        'test' as entity_kind,
        test_key as entity_key,
        test_result_key,
        is_failure,
        run_created_at
    from results
    where test_key in (select pairs.test_key from pairs)
    union all
    select
        'fingerprint' as entity_kind,
        failure_fingerprint as entity_key,
        test_result_key,
        true as is_failure,
        run_created_at
    from failures
    where failure_fingerprint is not null
    union all
    select
        'fingerprint' as entity_kind,
        pairs.failure_fingerprint as entity_key,
        results.test_result_key,
        false as is_failure,
        results.run_created_at
    from results
    inner join pairs
        on results.test_key = pairs.test_key
    where not results.is_failure
),

passed as (
    select
        *,
        sum(case when is_failure then 0 else 1 end) over (
            partition by entity_kind, entity_key
            order by run_created_at, test_result_key
            rows between unbounded preceding and current row
        ) as pass_count
    from events
),

followed as (
    select
        *,
        lag(run_created_at) over (
            partition by entity_kind, entity_key order by run_created_at, test_result_key
        ) as previous_at,
        lag(pass_count) over (
            partition by entity_kind, entity_key order by run_created_at, test_result_key
        ) as previous_pass_count
    from passed
    where is_failure
),

-- An episode begins when a pass and a day lie before it; it reopens what counted as cleared.
episodes as (
    select
        followed.*,
        followed.previous_at is null or (
            followed.pass_count > followed.previous_pass_count
            and {{ seconds_between('followed.previous_at', 'followed.run_created_at') }}
            >= 86400 * limits.separation_days
        ) as is_begin,
        coalesce(
            followed.pass_count > followed.previous_pass_count
            and {{ seconds_between('followed.previous_at', 'followed.run_created_at') }}
            >= 86400 * limits.cleared_days,
            false
        ) as is_reopened,
        {{ days_between(business_date('followed.run_created_at'), 'dates.last_date') }}
            as age_days,
        limits.window_days
    from followed
    cross join limits
    cross join dates
),

final as (
    select
        entity_kind,
        entity_key,
        count(*) filter (where is_begin and age_days < window_days) as episode_count,
        count(*) filter (where is_reopened and age_days < window_days) as reopened_count,
        min(age_days) as days_since_count,
        max(run_created_at) as last_failed_at
    from episodes
    group by entity_kind, entity_key
    having count(*) filter (where is_begin and age_days < window_days) > 0
)

select * from final
