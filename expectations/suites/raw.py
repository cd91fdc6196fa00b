"""Gate 1: is what the sources handed over whole, fresh and in keeping with itself?

Blocking is what would make every later number wrong: a load cut off in the middle, a parser that
refuses most of its input, rows that belong to nothing. The rest is a warning, because a quiet week
or a fork without history is no error.
"""

from expectations.suites.definition import Expected, aggregate, no_rows
from expectations.suites.raw_reports import COVERAGE, TEST_RESULTS
from expectations.suites.raw_vendors import OTHERS, VENDORS

SOURCES = (
    aggregate(
        "loads_are_recorded",
        "quality.source_loads",
        "blocking",
        "At least one source was loaded.",
        kind="ExpectTableRowCountToBeBetween",
        min_value=1,
    ),
    no_rows(
        "sources_are_not_mostly_rejected",
        "quality.source_loads",
        "blocking",
        "No source puts more than half of what it saw into quarantine.",
        query="""
        select source, rejected_count, seen_count, loaded_at
        from batch
        where loaded_at = (select max(b.loaded_at) from batch as b where b.source = batch.source)
            and seen_count >= 10
            and rejected_count > 0.5 * seen_count
        """,
    ),
    no_rows(
        "fields_are_as_parsers_expect",
        "quality.schema_drift",
        "warning",
        "No field that a column is made of is missing or of another type in the newest load.",
        query="""
        , newest as (
            select source, max(loaded_at) as loaded_at
            from quality.source_loads
            group by source
        )
        select
            batch.source,
            batch.object_kind,
            batch.field_path,
            batch.drift_kind,
            batch.usual_type,
            batch.example_type
        from batch
        inner join newest on batch.source = newest.source and batch.loaded_at = newest.loaded_at
        where batch.is_read and batch.drift_kind <> 'new_field'
        """,
    ),
    no_rows(
        "sources_reject_little",
        "quality.source_loads",
        "warning",
        "The newest load of a source puts at most 5 % of what it saw into quarantine.",
        query="""
        select source, rejected_count, seen_count, loaded_at
        from batch
        where loaded_at = (select max(b.loaded_at) from batch as b where b.source = batch.source)
            and rejected_count > 0.05 * seen_count
        """,
    ),
    no_rows(
        "sources_are_loaded_together",
        "quality.source_loads",
        "warning",
        "No source is left out of the loads for more than three days (after four weeks it was"
        " given up).",
        query="""
        , newest as (select max(loaded_at) as loaded_at from batch)
        select batch.source, max(batch.loaded_at) as newest_load_at
        from batch
        cross join newest
        group by batch.source, newest.loaded_at
        having max(batch.loaded_at) < newest.loaded_at - interval 3 day
            and max(batch.loaded_at) >= newest.loaded_at - interval 28 day
        """,
    ),
)

# Ids are those of the whole server: what belongs together may have been read under two names of a
# repository that was renamed.
GITHUB_ACTIONS = (
    no_rows(
        "runs_are_not_from_the_future",
        "raw_github_actions.workflow_runs",
        "blocking",
        "No run was created more than a day after it was loaded: clocks or zones are wrong.",
        query="""
        select repository, run_id, run_attempt, created_at, loaded_at
        from batch
        where created_at > loaded_at + interval 1 day
        """,
    ),
    no_rows(
        "runs_end_in_known_ways",
        "raw_github_actions.workflow_runs",
        "warning",
        "Every conclusion of a run is one that the warehouse has a meaning for.",
        query="""
        select conclusion, count(*) as row_count
        from batch
        where conclusion not in (
            'success', 'failure', 'timed_out', 'startup_failure', 'cancelled', 'skipped',
            'neutral', 'stale', 'action_required'
        )
        group by conclusion
        """,
    ),
    no_rows(
        "runs_keep_their_volume",
        "raw_github_actions.workflow_runs",
        "warning",
        "In the newest whole week of the source a repository has between a fifth and five times the"
        " runs of its usual week (median of the eight before, at least 20 runs in at least four).",
        query="""
        , weeks as (
            select repository, date_trunc('week', created_at) as week, count(*) as run_count
            from (select distinct repository, run_id, created_at from batch) as runs
            group by all
        ),
        newest as (select max(week) - interval 7 day as week from weeks),
        usual as (
            select weeks.repository, median(weeks.run_count) as usual_run_count
            from weeks
            inner join newest
                on weeks.week >= newest.week - interval 56 day and weeks.week < newest.week
            group by weeks.repository
            having count(*) >= 4
        )
        select
            usual.repository,
            newest.week,
            coalesce(weeks.run_count, 0) as run_count,
            usual.usual_run_count
        from usual
        cross join newest
        left join weeks on usual.repository = weeks.repository and newest.week = weeks.week
        where usual.usual_run_count >= 20
            and coalesce(weeks.run_count, 0) not between
                usual.usual_run_count / 5 and usual.usual_run_count * 5
        """,
    ),
    no_rows(
        "jobs_belong_to_runs",
        "raw_github_actions.workflow_jobs",
        "blocking",
        "At most 5 % of the jobs of a repository belong to a run that was never loaded.",
        query="""
        select
            batch.repository,
            count(*) as job_count,
            count_if(runs.run_id is null) as job_without_run_count
        from batch
        left join (select distinct run_id from raw_github_actions.workflow_runs) as runs
            on batch.run_id = runs.run_id
        group by batch.repository
        having count_if(runs.run_id is null) > 0.05 * count(*)
        """,
    ),
    no_rows(
        "finished_runs_have_jobs",
        "raw_github_actions.workflow_runs",
        "warning",
        "At most 10 % of the finished run attempts of a repository have no job.",
        query="""
        , jobs as (
            select distinct run_id, run_attempt from raw_github_actions.workflow_jobs
        ),
        runs as (
            select distinct repository, run_id, run_attempt
            from batch
            where status = 'completed' and conclusion not in ('skipped', 'startup_failure')
        )
        select
            runs.repository,
            count(*) as attempt_count,
            count_if(jobs.run_id is null) as attempt_without_job_count
        from runs
        left join jobs
            on runs.run_id = jobs.run_id
            and runs.run_attempt = jobs.run_attempt
        group by runs.repository
        having count_if(jobs.run_id is null) > 0.1 * count(*)
        """,
    ),
    no_rows(
        "deployment_statuses_belong_to_deployments",
        "raw_github_actions.deployment_statuses",
        "blocking",
        "At most 5 % of the deployment statuses of a repository have no deployment.",
        query="""
        select
            batch.repository,
            count(*) as status_count,
            count_if(deployments.deployment_id is null) as status_without_deployment_count
        from batch
        left join (
            select distinct deployment_id from raw_github_actions.deployments
        ) as deployments
            on batch.deployment_id = deployments.deployment_id
        group by batch.repository
        having count_if(deployments.deployment_id is null) > 0.05 * count(*)
        """,
    ),
    no_rows(
        "runs_find_their_commit",
        "raw_github_actions.workflow_runs",
        "warning",
        "Where the git history of a repository was loaded, it knows at least half of the commits"
        " that ran there (those of forks are never in it).",
        query="""
        select
            batch.repository,
            count(*) as run_count,
            count_if(commits.sha is null) as run_without_commit_count
        from batch
        left join (select distinct repository, sha from raw_git_history.commits) as commits
            on batch.repository = commits.repository and batch.head_sha = commits.sha
        where batch.repository in (select c.repository from raw_git_history.commits as c)
        group by batch.repository
        having count_if(commits.sha is null) > 0.5 * count(*)
        """,
    ),
)

GIT = (
    no_rows(
        "commits_are_not_from_the_future",
        "raw_git_history.commits",
        "warning",
        "No commit is dated more than a day after it was loaded.",
        query="""
        select repository, sha, committed_at, loaded_at
        from batch
        where committed_at > loaded_at + interval 1 day
        """,
    ),
    no_rows(
        "commits_have_their_parents",
        "raw_git_history.commit_parents",
        "warning",
        "The history of a repository is whole: at most 1 % of the parents are unknown"
        " (a shallow clone has a cut edge).",
        query="""
        select
            batch.repository,
            count(*) as parent_count,
            count_if(commits.sha is null) as unknown_parent_count
        from batch
        left join (select distinct repository, sha from raw_git_history.commits) as commits
            on batch.repository = commits.repository and batch.parent_sha = commits.sha
        group by batch.repository
        having count_if(commits.sha is null) > 0.01 * count(*)
        """,
    ),
)

EXPECTATIONS: tuple[Expected, ...] = (
    *SOURCES, *GITHUB_ACTIONS, *VENDORS, *TEST_RESULTS, *COVERAGE, *GIT, *OTHERS,
)  # fmt: skip
