"""Gate 1: content with a healthy load, and every expectation fails for its own reason."""

import json
from pathlib import Path

import duckdb
import pytest

from expectations.gate import run_gate
from expectations.suites import raw

# What breaks each expectation, and only that one.
BREAKS = {
    "loads_are_recorded": "delete from quality.source_loads",
    "sources_are_not_mostly_rejected": """
        update quality.source_loads set rejected_count = 90
        where source = 'coverage' and loaded_at >= '2026-03-13'
    """,
    "fields_are_as_parsers_expect": """
        insert into quality.schema_drift
        select source, object_kind, 'status', 'missing_field', 'text', null, true, 9, loaded_at
        from quality.schema_drift
    """,
    "sources_reject_little": """
        update quality.source_loads set rejected_count = 6
        where source = 'coverage' and loaded_at >= '2026-03-13'
    """,
    "sources_are_loaded_together": """
        update quality.source_loads set loaded_at = loaded_at - interval 9 day
        where source = 'coverage'
    """,
    "runs_are_not_from_the_future": """
        update raw_github_actions.workflow_runs set loaded_at = '2025-12-10 00:00:00+00'
        where run_id = 0
    """,
    "runs_end_in_known_ways": """
        update raw_github_actions.workflow_runs set conclusion = 'exploded' where run_id = 7
    """,
    "runs_keep_their_volume": """
        delete from raw_github_actions.workflow_runs
        where created_at >= '2026-02-23' and created_at < '2026-03-02';
        delete from raw_github_actions.workflow_jobs
        where run_id not in (select run_id from raw_github_actions.workflow_runs)
    """,
    "jobs_belong_to_runs": """
        insert into raw_github_actions.workflow_jobs
        select 'o/r', 9000 + i, 1, 90000 + i from range(20) as r(i)
    """,
    "finished_runs_have_jobs": """
        delete from raw_github_actions.workflow_jobs where run_id < 40
    """,
    "deployment_statuses_belong_to_deployments": """
        delete from raw_github_actions.deployments where deployment_id < 5
    """,
    "runs_find_their_commit": """
        update raw_github_actions.workflow_runs set head_sha = repeat('f', 40) where run_id < 200
    """,
    "test_reports_are_readable": """
        update raw_test_results.reports set parse = 'error', test_count = 0;
        delete from raw_test_results.cases
    """,
    "test_reports_are_whole": """
        update raw_test_results.reports set parse = 'partial' where report_id like 'report1%'
    """,
    "test_reports_have_their_cases": """
        delete from raw_test_results.cases where report_id = 'report3' and case_index > 4
    """,
    "test_cases_belong_to_reports": """
        delete from raw_test_results.reports where report_id = 'report3'
    """,
    "test_reports_count_what_they_claim": """
        update raw_test_results.reports set declared_tests = 11 where report_id like 'report1%'
    """,
    "test_durations_are_plausible": """
        update raw_test_results.cases set duration_seconds = -1 where report_id = 'report3'
    """,
    "coverage_reports_are_readable": """
        update raw_coverage.reports set parse = 'error', file_count = 0;
        delete from raw_coverage.files; delete from raw_coverage.lines
    """,
    "coverage_reports_have_their_files": """
        delete from raw_coverage.files where report_id = 'coverage3' and file_index = 1;
        delete from raw_coverage.lines where report_id = 'coverage3' and file_index = 1
    """,
    "coverage_lines_belong_to_files": """
        update raw_coverage.lines set file_index = 7 where report_id = 'coverage3' and line = 4
    """,
    "coverage_totals_are_what_they_claim": """
        update raw_coverage.reports set declared_lines_covered = 20
        where report_id like 'coverage1%'
    """,
    "commits_are_not_from_the_future": """
        update raw_git_history.commits set loaded_at = '2025-12-10 00:00:00+00'
        where committed_at < '2025-12-16'
    """,
    "commits_have_their_parents": """
        update raw_git_history.commit_parents set parent_sha = repeat('e', 40) where sha like '%5'
    """,
}
# What breaks those of vendors and imports, each of a table of its own.
VENDOR_BREAKS = {
    "imported_instants_are_plausible": """
        update raw_imports.deployments set finished_at = created_at - interval 1 hour
        where deployment_id = 'run3'
    """,
    "mutation_reports_are_whole": """
        delete from raw_mutation.mutants where report_id = 'mutation3' and mutant_index > 2
    """,
    "quality_mesh_reports_have_their_findings": """
        delete from raw_quality_mesh.findings where report_id = 'mesh3'
    """,
    "pagerduty_incidents_are_plausible": """
        update raw_pagerduty.incidents set resolved_at = created_at - interval 1 hour
        where incident_id = 'run3'
    """,
    "opsgenie_incidents_are_plausible": """
        update raw_opsgenie.incidents set created_at = loaded_at + interval 2 day,
            impact_end_at = null
        where incident_id = 'run3'
    """,
}
for _vendor, _runs, _run in (
    ("gitlab_ci", "pipelines", "pipeline_id"),
    ("jenkins", "builds", "build_id"),
    ("buildkite", "builds", "build_id"),
    ("circleci", "builds", "build_id"),
    ("azure_devops", "builds", "build_id"),
):
    _word = "status" if _vendor == "gitlab_ci" else "conclusion"
    VENDOR_BREAKS[f"{_vendor}_{_runs}_are_usual"] = f"""
        update raw_{_vendor}.{_runs} set {_word} = 'exploded' where {_run} = 'run7'
    """
    VENDOR_BREAKS[f"{_vendor}_jobs_are_whole"] = f"""
        update raw_{_vendor}.jobs set {_run} = 'nobody' where job_id like 'jobrun1%'
    """
# What else they find.
VENDOR_BREAKS_TOO = {
    "gitlab_ci_pipelines_are_usual": """
        delete from raw_gitlab_ci.pipelines
        where created_at >= '2026-02-23' and created_at < '2026-03-02';
        delete from raw_gitlab_ci.jobs
        where pipeline_id not in (select pipeline_id from raw_gitlab_ci.pipelines)
    """,
    "buildkite_builds_are_usual": """
        insert into raw_buildkite.builds
        select repository, pipeline_path, build_id || '-' || i, conclusion, created_at, loaded_at
        from raw_buildkite.builds, range(6) as r(i)
        where created_at >= '2026-02-23' and created_at < '2026-03-02'
    """,
    "jenkins_jobs_are_whole": """
        update raw_jenkins.jobs set created_at = loaded_at + interval 2 day
        where job_id = 'jobrun1'
    """,
    "mutation_reports_are_whole": """
        update raw_mutation.reports set parse = 'error', mutant_count = 0;
        delete from raw_mutation.mutants
    """,
    "imported_instants_are_plausible": """
        update raw_imports.runs set created_at = loaded_at + interval 2 day, finished_at = null
        where run_id = 'run3'
    """,
    "fields_are_as_parsers_expect": """
        update quality.schema_drift
        set source = 'jenkins', drift_kind = 'changed_type', usual_type = 'number';
        insert into quality.source_loads
        select 'jenkins', mode, seen_count, loaded_count, rejected_count, loaded_at
        from quality.source_loads where source = 'coverage'
    """,
}
# Where one fact cannot be true without the other.
ALSO_FAIL = {
    "sources_are_not_mostly_rejected": {"sources_reject_little"},
}


def test_healthy_load_passes(raw_build: Path) -> None:
    gate = run_gate("raw", raw_build)
    assert [(r.expectation, r.observed, r.error) for r in gate.results if not r.passed] == []
    assert gate.passed
    assert [r.expectation for r in gate.results] == [e.name for e in raw.EXPECTATIONS]


def test_every_expectation_is_broken_once() -> None:
    names = [expected.name for expected in raw.EXPECTATIONS]
    assert len(names) == len(set(names))
    assert set(names) == set(BREAKS) | set(VENDOR_BREAKS)


@pytest.mark.parametrize("name", BREAKS)
def test_expectation_fails_alone(name: str, raw_build: Path) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(BREAKS[name])
    gate = run_gate("raw", raw_build)
    failed = {result.expectation: result for result in gate.results if not result.passed}
    assert set(failed) == {name} | ALSO_FAIL.get(name, set())
    severity = next(e.severity for e in raw.EXPECTATIONS if e.name == name)
    assert failed[name].severity == severity
    assert failed[name].error is None
    assert gate.passed == (severity == "warning")
    if name != "loads_are_recorded":
        assert 1 <= len(failed[name].rows) <= 20


@pytest.mark.parametrize("breaks", [VENDOR_BREAKS, VENDOR_BREAKS_TOO], ids=["one", "another"])
def test_expectations_of_vendors_fail_for_their_own_table(
    breaks: dict[str, str], raw_build: Path
) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute("set timezone = 'UTC'")
        for statement in breaks.values():
            connection.execute(statement)
    failed = {r.expectation: r for r in run_gate("raw", raw_build).results if not r.passed}
    assert set(failed) == set(breaks)
    assert {name: result.error for name, result in failed.items() if result.error} == {}
    assert all(1 <= len(result.rows) <= 20 for result in failed.values())


# Another repository goes on for four weeks after the first one's last run.
_ANOTHER_GOES_ON = """
    insert into raw_github_actions.workflow_runs
    select 'o/other', run_id + 1000, run_attempt, status, conclusion, head_sha,
        created_at + interval 28 day, loaded_at + interval 28 day
    from raw_github_actions.workflow_runs;
    insert into raw_github_actions.workflow_jobs
    select 'o/other', run_id + 1000, run_attempt, job_id + 10000
    from raw_github_actions.workflow_jobs;
    insert into raw_buildkite.builds
    select repository, 'a/other', 'other' || build_id, conclusion,
        created_at + interval 28 day, loaded_at + interval 28 day
    from raw_buildkite.builds;
"""
_ENDS = """
    delete from raw_{runs}
    where {place} not like '%/other'
        and created_at >= '{thin}'
        and (created_at >= '{end}' or cast({run} as varchar) not like '%7')
"""
_JOBS_TOO = """
    delete from raw_github_actions.workflow_jobs
    where run_id not in (select run_id from raw_github_actions.workflow_runs);
    delete from raw_buildkite.jobs
    where build_id not in (select build_id from raw_buildkite.builds)
"""


@pytest.mark.parametrize(
    ("thin", "end", "is_told"),
    [("2026-03-02", "2026-03-09", True), ("2026-01-12", "2026-01-26", False)],
    ids=["fell silent", "was given up long ago with a thin last week"],
)
def test_silence_of_one_repository_among_others(
    thin: str, end: str, is_told: bool, raw_build: Path
) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(_ANOTHER_GOES_ON)
        for runs, place, run in (
            ("github_actions.workflow_runs", "repository", "run_id"),
            ("buildkite.builds", "pipeline_path", "build_id"),
        ):
            connection.execute(_ENDS.format(runs=runs, place=place, run=run, thin=thin, end=end))
        connection.execute(_JOBS_TOO)
    failed = {r.expectation: r for r in run_gate("raw", raw_build).results if not r.passed}
    expected = {"runs_keep_their_volume", "buildkite_builds_are_usual"} if is_told else set()
    assert set(failed) == expected
    for result in failed.values():
        assert [row["run_count"] for row in result.rows] == [0]


def test_what_was_read_after_a_renaming_belongs_to_what_was_read_before(raw_build: Path) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        for table in ("workflow_jobs", "deployment_statuses"):
            connection.execute(f"update raw_github_actions.{table} set repository = 'o/renamed'")
    assert [r.expectation for r in run_gate("raw", raw_build).results if not r.passed] == []


def test_a_source_that_was_given_up_is_no_news(raw_build: Path) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute(
            "update quality.source_loads set loaded_at = loaded_at - interval 29 day"
            " where source = 'coverage'"
        )
    assert [r.expectation for r in run_gate("raw", raw_build).results if not r.passed] == []


def test_missing_table_blocks(raw_build: Path) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute("drop table raw_coverage.lines")
    gate = run_gate("raw", raw_build)
    failed = {result.expectation: result for result in gate.results if not result.passed}
    assert set(failed) == {"coverage_lines_belong_to_files"}
    assert "raw_coverage.lines" in str(failed["coverage_lines_belong_to_files"].error)
    assert not gate.passed


def test_empty_sources_are_no_failure(raw_build: Path) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema like 'raw_%'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"delete from {table}")
    gate = run_gate("raw", raw_build)
    assert [(r.expectation, r.error) for r in gate.results if not r.passed] == []


def test_sample_is_limited(raw_build: Path) -> None:
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute("update raw_test_results.cases set duration_seconds = -1")
    gate = run_gate("raw", raw_build)
    result = next(r for r in gate.results if r.expectation == "test_durations_are_plausible")
    assert result.observed == "400 rows"
    assert len(result.rows) == 20
    assert result.rows[0]["duration_seconds"] == -1


def test_what_is_no_number_is_told_as_text(raw_build: Path) -> None:
    """JSON has no word for it, and readers of `last_attempt.json` would get nothing at all."""
    with duckdb.connect(str(raw_build)) as connection:
        connection.execute("alter table raw_test_results.cases alter duration_seconds type double")
        connection.execute(
            "update raw_test_results.cases set duration_seconds = if(case_index = 1, 'nan', '-inf')"
            " where report_id = 'report3' and case_index < 3 and case_index > 0"
        )
    result = run_gate("raw", raw_build)
    assert [
        sorted(row["duration_seconds"] for row in one.rows) for one in result.results if one.rows
    ] == [["-inf", "nan"]]
    json.dumps(result.to_json(), allow_nan=False)


def test_unknown_gate_is_refused(raw_build: Path) -> None:
    with pytest.raises(ValueError, match="no gate is called `back`"):
        run_gate("back", raw_build)  # type: ignore[arg-type]
