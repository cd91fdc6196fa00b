"""A load that is killed at any step and run again ends in the rows of one clean run."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines import config, loading

_REPORT = """<testsuite name="suite-{number}" tests="2">
<testcase classname="a.B" name="test_{number}" time="0.5"/>
<testcase classname="a.B" name="test_other"><failure message="no">trace</failure></testcase>
</testsuite>"""

_WRITTEN_AT = 1_700_000_000

# Runs a load in which the process kills itself right before or after the named function.
_KILLED_LOAD = """
import importlib, os, signal, sys
module_name, _, owner_name, name, moment = sys.argv[1].split(":")
owner = importlib.import_module(module_name)
if owner_name:
    owner = getattr(owner, owner_name)
original = getattr(owner, name)
def killed(*arguments, **options):
    if moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    original(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, killed)
from dlt_pipelines import loading
loading.run("test_results")
"""

_MOMENTS = {
    "while-tables-are-prepared": "dlt_pipelines.destination::Destination:prepare:after",
    "before-files-are-read": "dlt_pipelines.report_loading:::read_all:before",
    "extracted": "dlt.pipeline.pipeline::Pipeline:extract:after",
    "rejections-written": "dlt_pipelines.context::LoadContext:flush_rejected:after",
    "normalised": "dlt.pipeline.pipeline::Pipeline:normalize:after",
    "first-table-loaded": "dlt.destinations.impl.duckdb.duck::DuckDbCopyJob:run:after",
    "all-loaded-and-not-recorded": "dlt.pipeline.pipeline::Pipeline:load:after",
    "recorded": "dlt_pipelines.destination::Destination:record_load:after",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "reports").mkdir(parents=True)
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "config.toml").write_text(
        '[sources.test_results]\nfiles = ["reports"]\n', "utf-8"
    )
    for number in range(5):
        (folder / "reports" / f"{number}.xml").write_text(_REPORT.format(number=number), "utf-8")
    (folder / "reports" / "broken.xml").write_bytes(b"this is no report")
    # What was written right before it is read is read once more, as it may have changed since.
    for report in (folder / "reports").iterdir():
        os.utime(report, (_WRITTEN_AT, _WRITTEN_AT))
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(folder))
    return folder


@pytest.fixture
def load(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Loads into a home, whole."""

    def run(home: Path) -> None:
        monkeypatch.setenv(config.HOME_VARIABLE, str(home))
        loading.run("test_results")

    return run


def _kill_a_load(home: Path, moment: str) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_LOAD, moment],
        env={**os.environ, config.HOME_VARIABLE: str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def _rows(home: Path) -> dict[str, list[tuple]]:
    """Return every row of the run without the instant of loading."""
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as connection:
        return {
            table: sorted(
                connection.execute(f"select * exclude (loaded_at) from {table}").fetchall(), key=str
            )
            for table in (
                "raw_test_results.reports",
                "raw_test_results.suites",
                "raw_test_results.cases",
                "quarantine.rejected_files",
                "quality.seen_files",
            )
        }


@pytest.mark.parametrize("moment", _MOMENTS.values(), ids=_MOMENTS.keys())
def test_a_killed_load_run_again_equals_a_clean_one(moment, load, tmp_path):
    _kill_a_load(tmp_path / "home", moment)
    load(tmp_path / "home")
    load(tmp_path / "clean")
    clean = _rows(tmp_path / "clean")
    assert len(clean["raw_test_results.cases"]) == 10
    assert len(clean["quarantine.rejected_files"]) == 1
    assert _rows(tmp_path / "home") == clean


def test_a_second_load_that_is_killed_leaves_the_first_alone(load, project, tmp_path):
    home = tmp_path / "home"
    load(home)
    (project / "reports" / "late.xml").write_text(_REPORT.format(number=9), "utf-8")
    _kill_a_load(home, _MOMENTS["all-loaded-and-not-recorded"])
    load(home)
    rows = _rows(home)
    assert len(rows["raw_test_results.reports"]) == 7
    assert len(rows["raw_test_results.cases"]) == 12
