with mutants as (
    select * from {{ ref('int_mutants_placed') }}
),

attempts as (
    select * from {{ ref('fct_workflow_run_attempts') }}
),

commits as (
    select * from {{ ref('int_commits_united') }}
),

reached as (
    select * from {{ ref('int_commits_reached') }}
),

owners as (
    select * from {{ ref('int_path_owners_timed') }}
),

services as (
    select * from {{ ref('int_path_services_found') }}
),

timed as (
    select
        mutants.*,
        coalesce(attempts.is_default_branch, reached.is_on_line, false) as is_default_branch,
        coalesce(commits.committed_at, attempts.run_created_at, mutants.reported_at) as commit_at
    from mutants
    left join attempts
        on mutants.workflow_run_attempt_key = attempts.workflow_run_attempt_key
    left join commits
        on
            mutants.repository = commits.repository
            and mutants.head_sha = commits.sha
    left join reached
        on
            mutants.repository = reached.repository
            and mutants.head_sha = reached.sha
),

final as (
    select
        {{ surrogate_key(['timed.report_id', 'timed.mutant_index']) }} as mutant_key,
        case when timed.repository is not null then {{ surrogate_key(['timed.repository']) }} end
            as repository_key,
        case
            when timed.repository is not null and timed.path is not null
                then {{ surrogate_key(['timed.repository', 'timed.path']) }}
        end as file_key,
        case when owners.team is not null then {{ surrogate_key(['owners.team']) }} end
            as team_key,
        case when services.service is not null then {{ surrogate_key(['services.service']) }} end
            as service_key,
        timed.workflow_run_attempt_key,
        timed.job_attempt_key,
        timed.report_id,
        timed.repository,
        timed.head_sha,
        timed.path,
        owners.team,
        services.service,
        timed.class_name,
        timed.function_name,
        timed.operator,
        timed.replacement,
        timed.verdict,
        timed.killing_tests,
        timed.link_rule,
        timed.line,
        timed.end_line,
        timed.covering_test_count,
        timed.duration_seconds,
        timed.verdict in ('killed', 'timed_out') as is_detected,
        timed.verdict in ('survived', 'no_coverage') as is_undetected,
        timed.is_default_branch,
        {{ business_date('timed.commit_at') }} as commit_date,
        timed.commit_at,
        timed.loaded_at
    from timed
    left join owners
        on
            timed.repository = owners.repository
            and timed.path = owners.path
            and timed.commit_at >= owners.valid_from
            and timed.commit_at < owners.valid_to
    left join services
        on
            timed.repository = services.repository
            and timed.path = services.path
)

select * from final
