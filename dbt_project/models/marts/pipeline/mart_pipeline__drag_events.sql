with attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

failed as (
    select * from {{ ref('fct_failed_pipelines') }}
    where is_first_attempt and is_no_code_failure
),

commits as (
    select * from {{ ref('fct_commits') }}
    where is_on_default_branch and not is_merge and not is_bot
),

visits as (
    select * from {{ ref('fct_issue_stage_times') }}
    where stage = 'in_progress' and visit_seconds is not null
),

limits as (
    select
        max(case when parameter = 'fix_hours' then parameter_value end) as fix_hours,
        max(case when parameter = 'week_hours' then parameter_value end) as week_hours
    from {{ ref('rule_parameters') }}
    where rule_name = 'quality_drag'
),

-- A pipeline that a retry inside of it turned green alarmed nobody; one push alarms once.
alarms as (
    select
        attempts.workflow_run_attempt_key,
        attempts.repository_key,
        attempts.team_key,
        attempts.run_created_date,
        row_number() over (
            partition by
                attempts.repository_key, coalesce(attempts.head_sha, attempts.workflow_run_key)
            order by attempts.run_created_at, attempts.workflow_run_attempt_key
        ) as alarm_rank
    from attempts
    inner join failed
        on attempts.workflow_run_attempt_key = failed.workflow_run_attempt_key
    where attempts.is_bad
),

repairs as (
    select
        commit_key,
        repository_key,
        team_key,
        repository,
        committed_date,
        committed_at,
        {{ regex_group('subject', '#([0-9]{1,9})', 1) }} as issue_id
    from commits
    where
        (is_fix and {{ regex_group(
            'lower(subject)', '(flak|intermittent|nondeterminis|non-determinis)', 1
        ) }} is not null)
        or {{ regex_group(
            'lower(subject)', '^(tests?(\\([^)]*\\))?: *)?(de-?flake|unflake|stabili[sz]e test)', 3
        ) }} is not null
),

issues as (
    select
        repository,
        issue_id,
        {{ exact_sum('visit_seconds') }} as progress_seconds
    from visits
    group by repository, issue_id
),

-- Of several commits for one issue the first one has its hours.
mended as (
    select
        repairs.*,
        issues.progress_seconds,
        row_number() over (
            partition by repairs.repository, repairs.issue_id
            order by repairs.committed_at, repairs.commit_key
        ) as issue_rank
    from repairs
    left join issues
        on
            repairs.repository = issues.repository
            and repairs.issue_id = issues.issue_id
),

listed as (
    select
        'false_failure' as event_kind,
        workflow_run_attempt_key as event_key,
        repository_key,
        team_key,
        run_created_date as event_date,
        cast(null as double) as duration_seconds
    from alarms
    where alarm_rank = 1
    union all
    select
        'rerun' as event_kind,
        workflow_run_attempt_key as event_key,
        repository_key,
        team_key,
        run_created_date as event_date,
        rerun_seconds as duration_seconds
    from attempts
    where rerun_seconds is not null
    union all
    select
        case when mended.progress_seconds is null then 'flaky_fix' else 'flaky_issue' end
            as event_kind,
        mended.commit_key as event_key,
        mended.repository_key,
        mended.team_key,
        mended.committed_date as event_date,
        -- Nobody works at night: of the days in progress the share of working hours in a week.
        coalesce(
            mended.progress_seconds * limits.week_hours / (7 * 24), 3600 * limits.fix_hours
        ) as duration_seconds
    from mended
    cross join limits
    where mended.progress_seconds is null or mended.issue_rank = 1
),

final as (
    select
        {{ surrogate_key(['event_kind', 'event_key']) }} as drag_event_key,
        event_kind,
        event_key,
        repository_key,
        team_key,
        {{ week_start('event_date') }} as week_start_date,
        event_date,
        duration_seconds
    from listed
    where team_key is not null
)

select * from final
