"""A small healthy build in the shape of the raw tables, for breaking."""

from pathlib import Path

import duckdb
import pytest

RAW = """
create schema quality; create schema quarantine;
create schema raw_github_actions; create schema raw_test_results;
create schema raw_coverage; create schema raw_git_history;

create table quality.source_loads as
select source, 'files' as mode, 100 as seen_count, 100 as loaded_count, 0 as rejected_count,
    timestamptz '2026-03-12 00:00:00+00' + interval (i) day as loaded_at
from unnest(['github_actions', 'test_results', 'coverage', 'git_history']) as s(source),
    range(2) as r(i);

create table quality.schema_drift as
select 'github_actions' as source, 'workflow_runs' as object_kind, 'node_id' as field_path,
    'new_field' as drift_kind, cast(null as varchar) as usual_type, 'text' as example_type,
    true as is_read, 1 as object_count, timestamptz '2026-03-13 00:00:00+00' as loaded_at;

-- Twelve weeks of three runs a day.
create table raw_github_actions.workflow_runs as
select 'o/r' as repository, i as run_id, 1 as run_attempt, 'completed' as status,
    if(i % 10 = 0, 'failure', 'success') as conclusion, printf('%040x', i // 3) as head_sha,
    timestamptz '2025-12-15 01:00:00+00' + interval (i * 8) hour as created_at,
    timestamptz '2026-03-13 00:00:00+00' as loaded_at
from range(252) as r(i);
create table raw_github_actions.workflow_jobs as
select repository, run_id, run_attempt, run_id * 10 as job_id from raw_github_actions.workflow_runs;
create table raw_github_actions.deployments as
select 'o/r' as repository, i as deployment_id from range(20) as r(i);
create table raw_github_actions.deployment_statuses as
select repository, deployment_id, deployment_id * 10 as status_id, 'success' as state
from raw_github_actions.deployments;

create table raw_test_results.reports as
select 'report' || i as report_id, 'artifacts/' || i || '.xml' as locator, 'junit-xml' as format,
    'pytest' as generator, 'ok' as parse, 10 as declared_tests, 10 as test_count,
    timestamptz '2026-03-13 00:00:00+00' as loaded_at
from range(40) as r(i);
create table raw_test_results.cases as
select report_id, c as case_index, 'test_' || c as name, 'passed' as status,
    0.5 as duration_seconds, true as is_final, loaded_at
from raw_test_results.reports, range(10) as r(c);

create table raw_coverage.reports as
select 'coverage' || i as report_id, 'cov/' || i || '.xml' as locator, 'cobertura' as format,
    'coverage.py' as generator, 'ok' as parse, 2 as file_count, 20 as lines_valid,
    15 as lines_covered, 20 as declared_lines_valid, 15 as declared_lines_covered,
    timestamptz '2026-03-13 00:00:00+00' as loaded_at
from range(40) as r(i);
create table raw_coverage.files as
select report_id, f as file_index, 'src/' || f || '.py' as path, loaded_at
from raw_coverage.reports, range(2) as r(f);
create table raw_coverage.lines as
select report_id, file_index, l as line, 1 as hits, loaded_at
from raw_coverage.files, range(10) as r(l);

create table raw_git_history.commits as
select 'o/r' as repository, printf('%040x', i) as sha,
    timestamptz '2025-12-15 00:00:00+00' + interval (i) day as committed_at,
    timestamptz '2026-03-13 00:00:00+00' as loaded_at
from range(84) as r(i);
create table raw_git_history.commit_parents as
select 'o/r' as repository, printf('%040x', i) as sha, 0 as position,
    printf('%040x', i - 1) as parent_sha
from range(1, 84) as r(i);
"""

# Every other vendor runs as GitHub does, in its own words.
_BUILDS = """
create schema raw_{vendor};
create table raw_{vendor}.{runs} as
select repository, 'a/b' as pipeline_path, 'run' || run_id as {run}, '{word}' as {named},
    created_at, loaded_at
from raw_github_actions.workflow_runs;
create table raw_{vendor}.jobs as
select repository, pipeline_path, {run}, 'job' || {run} as job_id, created_at, loaded_at
from raw_{vendor}.{runs};
"""
OTHERS = """
create schema raw_imports; create schema raw_mutation; create schema raw_quality_mesh;
create schema raw_pagerduty; create schema raw_opsgenie;

create table raw_imports.runs as
select 'o/r' as repository, 'run' || i as run_id,
    timestamptz '2026-03-01 00:00:00+00' + interval (i) hour as created_at,
    timestamptz '2026-03-01 00:10:00+00' + interval (i) hour as finished_at,
    timestamptz '2026-03-13 00:00:00+00' as loaded_at
from range(20) as r(i);
create table raw_imports.jobs as
select repository, run_id, 'job' || run_id as job_id, created_at,
    created_at + interval 1 minute as started_at, finished_at, loaded_at
from raw_imports.runs;
create table raw_imports.deployments as
select repository, run_id as deployment_id, created_at, finished_at, loaded_at
from raw_imports.runs;
create table raw_imports.incidents as
select repository, run_id as incident_id, created_at as opened_at, finished_at as closed_at,
    loaded_at
from raw_imports.runs;

create table raw_mutation.reports as
select 'mutation' || i as report_id, i || '.json' as locator, 'stryker-json' as format,
    'ok' as parse, 5 as mutant_count, timestamptz '2026-03-13 00:00:00+00' as loaded_at
from range(12) as r(i);
create table raw_mutation.mutants as
select report_id, m as mutant_index, loaded_at from raw_mutation.reports, range(5) as r(m);

create table raw_quality_mesh.reports as
select 'mesh' || i as report_id, i || '.json' as source_file, 2 as finding_count,
    timestamptz '2026-03-13 00:00:00+00' as loaded_at
from range(12) as r(i);
create table raw_quality_mesh.findings as
select report_id, f as finding_index, loaded_at from raw_quality_mesh.reports, range(2) as r(f);

create table raw_pagerduty.incidents as
select incident_id, opened_at as created_at, closed_at as resolved_at, loaded_at
from raw_imports.incidents;
create table raw_opsgenie.incidents as
select incident_id, opened_at as created_at, closed_at as impact_end_at, loaded_at
from raw_imports.incidents;
"""
_GITLAB = {"runs": "pipelines", "run": "pipeline_id", "named": "status"}
_SHARED = {"runs": "builds", "run": "build_id", "named": "conclusion"}
RAW += _BUILDS.format(vendor="gitlab_ci", word="success", **_GITLAB)
RAW += _BUILDS.format(vendor="jenkins", word="SUCCESS", **_SHARED)
RAW += _BUILDS.format(vendor="buildkite", word="passed", **_SHARED)
RAW += _BUILDS.format(vendor="circleci", word="success", **_SHARED)
RAW += _BUILDS.format(vendor="azure_devops", word="succeeded", **_SHARED)
for _table in ("builds", "jobs"):
    RAW += f"alter table raw_azure_devops.{_table} add column server varchar default 'ci';"
RAW += OTHERS


@pytest.fixture
def raw_build(tmp_path: Path) -> Path:
    """A build file with raw tables that every expectation of gate 1 is content with."""
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(RAW)
    return path


CORE = """
create schema core; create schema marts;
create table core.dim_repositories as select 'o/r' as repository;
create table core.dim_teams as select 'checkout' as team;
create table core.fct_workflow_run_attempts as
select repository, run_id, run_attempt, cast(created_at as timestamp) as run_created_at,
    run_id || '-' || run_attempt as workflow_run_attempt_key, 60.0 as duration_seconds
from raw_github_actions.workflow_runs;
create table core.fct_job_attempts as
select repository, run_id, job_id from raw_github_actions.workflow_jobs;
create table raw_test_results.suites as select report_id from raw_test_results.reports;
create table core.fct_test_suite_results as select report_id from raw_test_results.suites;
create table core.fct_test_results as
select 'o/r' as repository, 'team' as team_key, runs.workflow_run_attempt_key, runs.run_created_at
from raw_test_results.cases, (
    select * from core.fct_workflow_run_attempts order by run_created_at desc limit 1
) as runs;
create table core.fct_deployments as
select repository, deployment_id from raw_github_actions.deployments;
create table core.fct_commits as select repository, sha from raw_git_history.commits;
create table raw_github_actions.pull_requests as
select 'o/r' as repository, i as number from range(20) as r(i);
create table core.fct_changes as select * from raw_github_actions.pull_requests;
create table core.fct_coverage_files as select report_id, path from raw_coverage.files;
create table core.fct_coverage_lines as select report_id, line from raw_coverage.lines;
-- A repository so small that no total tells when it is gone.
insert into core.fct_commits select 'o/small', 'a' || i from range(3) as r(i);
insert into core.fct_test_results
select 'o/small', 'team', null, (select max(run_created_at) from core.fct_workflow_run_attempts)
from range(20) as r(i);
create table marts.mart_pipeline__workflow_runs_daily as
select repository, cast(run_created_at as date) as run_created_date,
    count(*) as decided_count, count(*) as success_count
from core.fct_workflow_run_attempts group by all;
create table marts.mart_quality__sources as select distinct source from quality.source_loads;
create table marts.mart_delivery__dora as
select 'team' as grain, 'checkout' as entity, 'all' as window_name, 'change_fail_ratio' as metric,
    0.5 as metric_value, 1 as numerator, 2 as denominator;
create table marts.mart_coverage__commits as
select 'o/r' as repository, 'abc' as head_sha, 0.8 as global_coverage_ratio,
    0.01 as coverage_change_ratio, true as is_newest_complete,
    (select max(run_created_at) from core.fct_workflow_run_attempts) as commit_at;
create table marts.mart_test__results_daily as
select repository, cast(run_created_at as date) as run_created_date,
    90 as passed_count, 9 as failed_count, 1 as errored_count
from core.fct_workflow_run_attempts;
"""


@pytest.fixture
def whole_build(raw_build: Path) -> Path:
    """The same with the tables that gate 2 looks at."""
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(CORE)
    return raw_build
