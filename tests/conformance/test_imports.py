"""Recorded histories of other projects load through the import as they are, with maps alone."""

import csv
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines import config, loading
from dlt_pipelines.imports.landing import Order, land
from dlt_pipelines.parsers.tables.checking import parse_maps
from dlt_pipelines.parsers.tables.kinds import KINDS

pytestmark = pytest.mark.corpus

BUILDS = [
    "project=repository", "pr_name+build_id=run_id", "pr_name=workflow_name",
    "build_result=result", "build_timestamp=started_at", "build_head_sha=head_sha",
]  # fmt: skip
HISTORIES = {
    "builds": ("ci/scale/lrts/*_builds.csv", "runs", [*BUILDS, "build_duration=duration_seconds"]),
    "stages": ("ci/scale/lrts/*_builds.csv", "jobs", [*BUILDS, "stage_id=job_name"]),
    "flake benchmark runs": (
        "science/flakebench_runs.csv",
        "runs",
        ["sha=head_sha", "attempt=run_attempt", "env=environment"],
    ),
    "flake benchmark results": (
        "science/flakebench_results.csv",
        "test_results",
        ["test_id=name", "fail=is_failed"],
    ),
    "simulation runs": (
        "science/hist_lammps_runs.csv",
        "runs",
        ["sha=head_sha", "branch=head_branch", "config=environment", "generated=started_at"],
    ),
    "simulation results": (
        "science/hist_lammps_results.csv",
        "test_results",
        ["test_id=name", "duration_s=duration_seconds"],
    ),
    "prioritisation cycles": (
        "science/tcp_dune_*.csv",
        "test_results",
        ["cycle=run_id", "test_id=name", "verdict=is_failed", "duration=duration_seconds"],
    ),
    "commits": ("science/jit_*.csv", "commits", ["commit=sha", "author_ts=committed_at"]),
}


def _order(kind: str, maps: list[str]) -> Order:
    return Order(KINDS[kind], parse_maps(KINDS[kind], maps), {"repository": "recorded/history"})


@pytest.mark.parametrize("history", HISTORIES)
def test_every_row_of_a_history_fits(corpus, tmp_path, history):
    pattern, kind, maps = HISTORIES[history]
    files = sorted(corpus.glob(pattern))
    assert files
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            row_count = sum(1 for _row in csv.DictReader(file))
        outcome = land(path, _order(kind, maps), tmp_path, is_dry_run=True)
        assert (outcome.error, outcome.row_count, outcome.rejected_count) == (None, row_count, 0)


def test_a_history_is_loaded_with_its_values(corpus, tmp_path: Path, monkeypatch):
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(tmp_path))
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path / "home"))
    for history in ("builds", "stages", "flake benchmark runs", "flake benchmark results"):
        pattern, kind, maps = HISTORIES[history]
        for path in sorted(corpus.glob(pattern)):
            if history in ("builds", "stages") and not path.name.startswith("activemq."):
                continue
            outcome = land(path, _order(kind, maps), tmp_path / "home" / "landing")
            assert outcome.status == "accepted"
    report = loading.run("imports")
    with duckdb.connect(str(tmp_path / "home" / "build.duckdb"), read_only=True) as connection:

        def found(sql: str) -> list[tuple]:
            return connection.execute(sql).fetchall()

        truth = corpus / "science" / "flakebench_results.csv"
        [(result_count, failed_count)] = found(f"select count(*), sum(fail) from '{truth}'")
        assert report.table_rows["test_results"] == result_count
        assert found("select count(*) from raw_imports.test_results where is_failed") == [
            (failed_count,)
        ]
        builds = corpus / "ci" / "scale" / "lrts" / "activemq.*_builds.csv"
        assert found(
            "select result, count(*) from raw_imports.runs where repository = 'activemq'"
            " group by all order by all"
        ) == found(
            "select case build_result when 'SUCCESS' then 'success' when 'FAILURE' then 'failure'"
            " when 'UNSTABLE' then 'unstable' else 'cancelled' end as result, count(*)"
            f" from '{builds}' group by all order by all"
        )
        assert found(
            "select count(distinct run_id), min(epoch(started_at)), sum(duration_seconds)"
            " from raw_imports.runs where repository = 'activemq'"
        ) == found(
            "select count(distinct (pr_name, build_id)), min(build_timestamp),"
            f" sum(build_duration) from '{builds}'"
        )
        assert report.table_rows["jobs"] == found(f"select count(*) from '{builds}'")[0][0]
        assert found("select count(*) from quarantine.rejected_rows") == [(0,)]
