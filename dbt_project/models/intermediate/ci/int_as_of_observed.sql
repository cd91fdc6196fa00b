{{ config(materialized='table') }}

{%- set as_of = var('as_of') -%}
with runs as (
    select * from {{ ref('int_workflow_run_attempts_unified') }}
),

deployments as (
    select * from {{ ref('int_deployment_events_united') }}
),

commits as (
    select * from {{ ref('int_commits_united') }}
),

issues as (
    select * from {{ ref('stg_github_actions__issues') }}
),

reports as (
    select * from {{ ref('int_reports_gathered') }}
),

events as (
    select
        greatest(updated_at, coalesce(finished_at, updated_at)) as observed_at,
        loaded_at
    from runs
    union all
    select
        updated_at as observed_at,
        loaded_at
    from deployments
    union all
    select
        committed_at as observed_at,
        loaded_at
    from commits
    union all
    select
        updated_at as observed_at,
        loaded_at
    from issues
),

-- Whoever commits says when, and some clocks are years ahead: what was loaded before it happened
-- is believed only where nothing else is known. The time of loading counts only where nothing
-- tells when it happened.
moments as (
    select
        case when observed_at <= loaded_at + interval 1 day then 1 else 2 end as moment_rank,
        observed_at
    from events
    union all
    select
        3 as moment_rank,
        max(loaded_at) as observed_at
    from reports
    union all
    select
        4 as moment_rank,
        timestamp '1970-01-01 00:00:00' as observed_at
),

newest as (
    select
        moment_rank,
        max(observed_at) as observed_at
    from moments
    where observed_at is not null
    group by moment_rank
),

final as (
    select
        coalesce(
            cast(nullif('{{ as_of }}', '') as timestamp),
            min_by(observed_at, moment_rank)
        ) as as_of
    from newest
)

select * from final
