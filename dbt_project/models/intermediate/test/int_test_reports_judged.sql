{#- What the rows of a report in `int_test_results_judged` are made from, in one row. -#}
with reports as (
    select
        report_id,
        made_of,
        min(repository) as repository,
        min(workflow_run_attempt_key) as workflow_run_attempt_key,
        min(coalesce(workflow_run_key, report_id)) as run_text,
        min(environment) as environment,
        min(job_retry_number) as job_retry_number,
        min(code_sha) as code_sha,
        min(owned_at) as owned_at
    from {{ ref('int_test_tries_placed') }}
    group by report_id, made_of
),

attempts as (
    select * from {{ ref('int_workflow_run_attempts_placed') }}
),

outages as (
    select * from {{ ref('int_outages_found') }}
),

failed as (
    select
        run_text,
        {{ rows_hash(['job_name', 'environment', 'test_key', 'first_failed_order']) }}
            as failures_hash
    from {{ ref('int_test_first_failures_found') }}
    group by run_text
),

replaced as (
    select
        report_id,
        {{ rows_hash(['test_key']) }} as replaced_hash
    from {{ ref('int_test_tries_replaced') }}
    group by report_id
),

flaky as (
    select
        code_sha,
        environment,
        {{ rows_hash(['test_key']) }} as tests_hash
    from {{ ref('int_test_states_judged') }}
    where failure_count > 0 and pass_count > 0
    group by code_sha, environment
),

owned as (
    select
        repository,
        owned_at,
        {{ rows_hash([
            'text_kind', 'path_text', 'path', 'team_key', 'team', 'service_key', 'service',
            'owner_handle', 'ownership_rule'
        ]) }} as owners_hash
    from {{ ref('int_test_owners_found') }}
    group by repository, owned_at
),

judged as (
    select
        reports.report_id,
        reports.made_of as tries_made_of,
        attempts.workflow_name,
        attempts.is_default_branch,
        attempts.run_created_date,
        attempts.run_created_at,
        outages.workflow_run_attempt_key is not null as is_outage,
        failed.failures_hash,
        replaced.replaced_hash,
        flaky.tests_hash,
        owned.owners_hash
    from reports
    left join attempts
        on reports.workflow_run_attempt_key = attempts.workflow_run_attempt_key
    left join outages
        on
            reports.workflow_run_attempt_key = outages.workflow_run_attempt_key
            and reports.environment = outages.environment
            and reports.job_retry_number = outages.job_retry_number
    left join failed
        on reports.run_text = failed.run_text
    left join replaced
        on reports.report_id = replaced.report_id
    left join flaky
        on
            reports.code_sha = flaky.code_sha
            and reports.environment = flaky.environment
    left join owned
        on
            reports.repository = owned.repository
            and reports.owned_at is not distinct from owned.owned_at
),

final as (
    select
        report_id,
        workflow_name,
        is_default_branch,
        run_created_date,
        run_created_at,
        is_outage,
        {{ surrogate_key([
            'tries_made_of', 'workflow_name', 'is_default_branch', 'run_created_date',
            'run_created_at', 'is_outage', 'failures_hash', 'replaced_hash', 'tests_hash',
            'owners_hash'
        ]) }} as made_of
    from judged
)

select * from final
