with states as (
    select * from {{ ref('fct_test_state_evidence') }}
),

commits as (
    select * from {{ ref('fct_commits') }}
),

commit_files as (
    select * from {{ ref('fct_commit_files') }}
),

coverage_files as (
    select * from {{ ref('fct_coverage_files') }}
),

limits as (
    select
        max(case when parameter = 'flaky_limit' then parameter_value end) as flaky_limit,
        max(case when parameter = 'explained_chance' then parameter_value end) as explained_chance,
        max(case when parameter = 'environment_streak' then parameter_value end)
            as environment_streak
    from {{ ref('rule_parameters') }}
    where rule_name = 'flake_evidence'
),

histories as (
    select
        current_test_key,
        environment,
        sum(failure_count) as failure_count,
        sum(execution_count) as execution_count,
        max(case when is_flaky then 1 else 0 end) as has_disagreed,
        {{ exact_sum('evidence_points') }} as evidence_points
    from states
    group by current_test_key, environment
),

evidence as (
    select
        current_test_key,
        {{ exact_sum('evidence_points') }} as evidence_score
    from histories
    group by current_test_key
),

covered_files as (
    select file_key
    from coverage_files
    where covered_line_count > 0
    group by file_key
),

-- Code whose own commit changes files that tests are known to run through.
covered_changes as (
    select
        commits.repository,
        coalesce(commits.tree_sha, commits.sha) as code_sha
    from commits
    inner join commit_files
        on commits.commit_key = commit_files.commit_key
    inner join covered_files
        on commit_files.file_key = covered_files.file_key
    group by commits.repository, coalesce(commits.tree_sha, commits.sha)
),

measured as (
    select
        states.*,
        evidence.evidence_score,
        histories.failure_count - coalesce(states.streak_failure_count, 0)
            as outside_failure_count,
        histories.execution_count - coalesce(states.streak_failure_count, 0)
            as outside_execution_count,
        cast(histories.failure_count - coalesce(states.streak_failure_count, 0) as double)
        / nullif(histories.execution_count - coalesce(states.streak_failure_count, 0), 0)
            as outside_failure_ratio,
        covered_changes.code_sha is not null as is_covered_change,
        histories.has_disagreed
    from states
    inner join histories
        on
            states.current_test_key = histories.current_test_key
            and states.environment = histories.environment
    inner join evidence
        on states.current_test_key = evidence.current_test_key
    left join covered_changes
        on
            states.repository = covered_changes.repository
            and states.streak_code_sha = covered_changes.code_sha
    where states.failure_count > 0
),

final as (
    select
        measured.test_key,
        measured.code_sha,
        measured.environment,
        measured.repository,
        -- The first rule that applies decides.
        case
            when measured.pass_count > 0 then 'same_code_passed'
            when
                measured.evidence_score >= limits.flaky_limit
                and power(measured.outside_failure_ratio, measured.streak_state_count - 1)
                >= limits.explained_chance
                and (
                    measured.environment_count < 2
                    or measured.broken_environment_count < measured.environment_count
                    or power(measured.outside_failure_ratio, measured.environment_count)
                    >= limits.explained_chance
                )
                then 'own_rate_explains'
            when
                measured.environment_count > 1
                and measured.broken_environment_count = measured.environment_count
                then 'all_environments_fail'
            when
                measured.clean_environment_count > 0
                and measured.has_disagreed = 0
                and measured.environment_streak_state_count >= limits.environment_streak
                then 'one_environment_fails'
            when measured.clean_environment_count = 0 and measured.is_covered_change
                then 'covered_change_fails'
            else 'none'
        end as failure_class_rule,
        measured.evidence_score,
        measured.execution_count,
        measured.pass_count,
        measured.failure_count,
        measured.environment_count,
        measured.broken_environment_count,
        measured.clean_environment_count,
        measured.streak_state_count,
        measured.environment_streak_state_count,
        cast(measured.outside_failure_count as bigint) as outside_failure_count,
        cast(measured.outside_execution_count as bigint) as outside_execution_count,
        measured.outside_failure_ratio,
        measured.is_covered_change,
        measured.streak_code_sha,
        measured.first_seen_at,
        measured.last_seen_at
    from measured
    cross join limits
)

select * from final
