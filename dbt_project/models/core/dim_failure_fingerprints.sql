with failures as (
    select * from {{ ref('fct_test_failures') }}
),

found as (
    select * from {{ ref('int_failure_fingerprints_found') }}
),

parameters as (
    select max(parameter_value) as new_days
    from {{ ref('rule_parameters') }}
    where rule_name = 'fingerprint' and parameter = 'new_days'
),

bounds as (
    select
        min(as_of.as_of) as as_of,
        min(results.run_created_at) as history_from
    from {{ ref('int_as_of_observed') }} as as_of
    left join {{ ref('fct_test_results') }} as results
        on as_of.as_of >= results.run_created_at
),

timed as (
    select
        failures.*,
        found.failure_text,
        found.failure_place,
        cast(failures.run_created_at as string) || failures.test_result_key as failure_order,
        lag(failures.run_created_at) over (
            partition by failures.failure_fingerprint
            order by failures.run_created_at, failures.test_result_key
        ) as previous_at
    from failures
    inner join found
        on failures.test_result_key = found.test_result_key
    where failures.run_created_at is not null
),

-- New is what was not there for a while: at its first failure, or when it comes back after that.
counted as (
    select
        timed.failure_fingerprint,
        max_by(timed.failure_text, timed.failure_order) as failure_text,
        max_by(timed.failure_place, timed.failure_order) as failure_place,
        max_by(timed.failure_type, timed.failure_order) as failure_type,
        max_by(timed.failure_message, timed.failure_order) as sample_message,
        max_by(timed.repository_key, timed.failure_order) as repository_key,
        max_by(timed.repository, timed.failure_order) as repository,
        count(distinct timed.repository_key) as repository_count,
        count(*) as failure_count,
        count(distinct timed.test_key) as test_count,
        count(distinct timed.workflow_run_attempt_key) as pipeline_count,
        min(timed.run_created_at) as first_seen_at,
        max(
            case
                when
                    timed.previous_at is null
                    or {{ seconds_between('timed.previous_at', 'timed.run_created_at') }}
                    >= 86400 * parameters.new_days
                    then timed.run_created_at
            end
        ) as new_since_at,
        max(timed.run_created_at) as last_seen_at
    from timed
    cross join parameters
    group by timed.failure_fingerprint
),

final as (
    select
        counted.failure_fingerprint,
        case when counted.repository_count = 1 then counted.repository_key end as repository_key,
        case when counted.repository_count = 1 then counted.repository end as repository,
        counted.failure_type,
        counted.failure_text,
        counted.failure_place,
        counted.sample_message,
        counted.failure_count,
        counted.test_count,
        counted.pipeline_count,
        counted.repository_count,
        case
            when
                {{ seconds_between('counted.new_since_at', 'bounds.as_of') }}
                >= 86400 * parameters.new_days
                then false
            when
                {{ seconds_between('bounds.history_from', 'counted.new_since_at') }}
                >= 86400 * parameters.new_days
                then true
        end as is_new,
        counted.first_seen_at,
        counted.new_since_at,
        counted.last_seen_at
    from counted
    cross join parameters
    cross join bounds
)

select * from final
