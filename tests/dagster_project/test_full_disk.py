"""What ends a run, such as a full disk or Ctrl-C, is said as such, whoever was writing."""

import errno
import json
import os
import sqlite3
from pathlib import Path

import dagster as dg
import pytest

import dagster_project.manifest
import dagster_project.running
from dagster_project.__main__ import main

_ERRORS = [
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    sqlite3.OperationalError("database or disk is full"),
]


@pytest.fixture
def run_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a job in which an error occurs."""

    def run(error: BaseException) -> int:
        def fail(*_):
            raise error

        monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "warehouse"))
        monkeypatch.setattr(dagster_project.manifest, "manifest", lambda _: tmp_path)
        monkeypatch.setattr(dagster_project.running, "execute", fail)
        return main(["run", "--project", str(tmp_path), "--progress", "plain"])

    before = dict(os.environ)
    yield run
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("error", _ERRORS, ids=["file", "records"])
def test_it_names_the_folder_and_the_next_step(run_with, error, tmp_path, capsys):
    assert run_with(error) == 1
    said = capsys.readouterr()
    assert f"the disk of `{tmp_path / 'warehouse'}` is full; make room and run again" in said.err
    assert json.loads(said.out)["status"] == "failed"


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS], ids=["right", "read-only"])
def test_a_home_that_cannot_be_written_is_named(run_with, code, capsys):
    assert run_with(OSError(code, os.strerror(code), "/srv/home/.run.lock")) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "failed"
    assert f"`/srv/home/.run.lock` can't be written: {os.strerror(code)}" in told["error"]
    assert "TESTOPS_HOME" in told["error"]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), dg.DagsterExecutionInterruptedError()], ids=["ours", "a step's"]
)
def test_a_run_that_is_stopped_says_so_without_a_traceback(run_with, error, capsys):
    assert run_with(error) == 130
    said = capsys.readouterr()
    assert said.err == "error: the run was stopped\n"
    assert json.loads(said.out)["error"] == "the run was stopped"


def test_other_errors_are_not_hidden(run_with):
    with pytest.raises(OSError, match="broken"):
        run_with(OSError("broken"))
