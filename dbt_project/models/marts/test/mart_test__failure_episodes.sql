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

happened as (
    select
        'test' as entity_kind,
        test_key as entity_key,
        test_key,
        test_result_key,
        run_created_at
    from results
    where is_failure
    union all
    select
        'fingerprint' as entity_kind,
        failure_fingerprint as entity_key,
        test_key,
        test_result_key,
        run_created_at
    from failures
    where failure_fingerprint is not null
),

followed as (
    select
        *,
        lag(run_created_at) over (
            partition by entity_kind, entity_key order by run_created_at, test_result_key
        ) as previous_at,
        lag(test_result_key) over (
            partition by entity_kind, entity_key order by run_created_at, test_result_key
        ) as previous_key
    from happened
),

recent as (
    select
        followed.*,
        {{ seconds_between('followed.previous_at', 'followed.run_created_at') }} / 86400.0e0
            as gap_days,
        {{ days_between(business_date('followed.run_created_at'), 'dates.last_date') }}
            as age_days,
        limits.separation_days,
        limits.cleared_days
    from followed
    cross join limits
    cross join dates
    where
        {{ days_between(business_date('followed.run_created_at'), 'dates.last_date') }}
        < limits.window_days
),

entity_tests as (
    select
        entity_kind,
        entity_key,
        test_key
    from happened
    group by entity_kind, entity_key, test_key
),

-- What passed matters only where long enough lies between two failures: of few tests.
passed as (
    select
        gap.entity_kind,
        gap.entity_key,
        gap.test_result_key
    from recent as gap
    inner join entity_tests
        on
            gap.entity_kind = entity_tests.entity_kind
            and gap.entity_key = entity_tests.entity_key
    inner join results as runs
        on
            entity_tests.test_key = runs.test_key
            and gap.previous_at <= runs.run_created_at
            and gap.run_created_at >= runs.run_created_at
    where
        gap.gap_days >= least(gap.separation_days, gap.cleared_days)
        and not runs.is_failure
        and (gap.previous_at < runs.run_created_at or gap.previous_key < runs.test_result_key)
        and (gap.run_created_at > runs.run_created_at or gap.test_result_key > runs.test_result_key)
    group by gap.entity_kind, gap.entity_key, gap.test_result_key
),

-- An episode begins when a pass and a day lie before it; it reopens what counted as cleared.
episodes as (
    select
        recent.*,
        recent.previous_at is null
        or (recent.gap_days >= recent.separation_days and passed.entity_key is not null)
            as is_begin,
        recent.gap_days >= recent.cleared_days and passed.entity_key is not null as is_reopened
    from recent
    left join passed
        on
            recent.entity_kind = passed.entity_kind
            and recent.entity_key = passed.entity_key
            and recent.test_result_key = passed.test_result_key
),

final as (
    select
        entity_kind,
        entity_key,
        count(*) filter (where is_begin) as episode_count,
        count(*) filter (where is_reopened) as reopened_count,
        min(age_days) as days_since_count,
        max(run_created_at) as last_failed_at
    from episodes
    group by entity_kind, entity_key
    having count(*) filter (where is_begin) > 0
)

select * from final
