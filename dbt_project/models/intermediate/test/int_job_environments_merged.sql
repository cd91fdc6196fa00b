{{ config(materialized='table') }}

with jobs as (
    select * from {{ ref('int_job_attempts_unified') }}
),

cases as (
    select * from {{ ref('int_test_cases_identified') }}
),

-- `unit (2)`, `unit (linux, 2)`, `unit (2, linux)` and `unit-2`; a version like 3.11 is none.
stemmed as (
    select
        repository,
        environment as numbered_environment,
        trim({{ regex_replace(
            regex_replace(
                regex_replace(
                    regex_replace('environment', '[(] *[0-9]+ *[)]', ''),
                    ', *[0-9]+ *([,)])', '\\1'
                ),
                '[(] *[0-9]+ *, *', '('
            ),
            '[ _:#-]+[0-9]+ *$', ''
        ) }}) as environment
    from jobs
    where repository is not null and environment is not null
    group by repository, environment
),

numbered as (
    select * from stemmed
    where environment <> numbered_environment and environment <> ''
),

numbered_tests as (
    select
        numbered.repository,
        numbered.environment,
        cases.workflow_run_attempt_key,
        cases.test_key,
        min(numbered.numbered_environment) as first_name,
        max(numbered.numbered_environment) as last_name
    from numbered
    inner join jobs
        on
            numbered.repository = jobs.repository
            and numbered.numbered_environment = jobs.environment
    inner join cases
        on jobs.job_attempt_key = cases.job_attempt_key
    group by
        numbered.repository, numbered.environment, cases.workflow_run_attempt_key, cases.test_key
),

-- As in names of artifacts: jobs of a run attempt that hold the same tests are of several systems.
attempts as (
    select
        repository,
        environment,
        case
            when 2 * count(case when first_name <> last_name then 1 end) >= count(*) then 1
            else 0
        end as is_of_systems
    from numbered_tests
    group by repository, environment, workflow_run_attempt_key
    having min(first_name) <> max(last_name)
),

shards as (
    select
        repository,
        environment
    from attempts
    group by repository, environment
    having max(is_of_systems) = 0
),

final as (
    select
        numbered.repository,
        numbered.numbered_environment,
        numbered.environment
    from numbered
    inner join shards
        on
            numbered.repository = shards.repository
            and numbered.environment = shards.environment
)

select * from final
