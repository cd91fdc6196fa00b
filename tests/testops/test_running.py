"""What `testops run` says of the process that it starts."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
import typer
from typer.testing import CliRunner

from testops.cli import running
from testops.cli.app import app
from testops.cli.output import guarded

FAILING = {
    "gate": "raw",
    "expectation": "jobs_belong_to_runs",
    "table": "raw.jobs",
    "observed": "3 rows",
    "description": "Every job belongs to a run.",
    "rows": [{"job_id": 71, "run_id": None}],
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command with a job that prints an object and ends with a code."""
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text("")
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "warehouse"))
    real = subprocess.Popen

    def start(printed: dict | None, code: int, *arguments: str):
        text = "" if printed is None else json.dumps(printed)
        script = f"import sys; print({text!r}); sys.exit({code})"

        def job(command, **options):
            return real([sys.executable, "-c", script], **options)

        monkeypatch.setattr(running.subprocess, "Popen", job)
        return CliRunner().invoke(app, ["run", "--project", str(tmp_path), *arguments])

    return start


@pytest.mark.parametrize(
    ("printed", "code", "status"),
    [
        ({"status": "gate_failed", "error": None, "failing": [FAILING]}, 3, "gate_failed"),
        ({"status": "failed", "error": "load: no network", "failing": []}, 1, "failed"),
        ({"status": "failed", "error": "`authors` is `all`"}, 2, "failed"),
        (None, 1, None),
    ],
    ids=["gate", "failed", "setting", "killed"],
)
def test_programs_get_one_object_of_a_run_that_failed(run, printed, code, status):
    done = run(printed, code, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == code
    assert told.get("status") == status
    assert "nothing was published" in told["error"]


@pytest.mark.parametrize("rows", [FAILING["rows"], []], ids=["rows", "no rows"])
def test_what_kept_a_build_back_is_named_without_the_warnings(run, rows):
    warning = {**FAILING, "expectation": "artifacts_belong_to_runs", "severity": "warning"}
    failing = [warning, {**FAILING, "severity": "blocking", "rows": rows}]
    done = run({"status": "gate_failed", "error": None, "failing": failing}, 3)
    assert "raw: jobs_belong_to_runs on raw.jobs, observed 3 rows" in done.stderr
    assert "artifacts_belong_to_runs" not in done.stderr
    assert ("see `testops status` for the rows" in done.stderr) == bool(rows)


def test_programs_get_what_came_of_a_run(run):
    printed = {"status": "unchanged", "error": None}
    done = run(printed, 0, "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, printed)


# A run with a helper that works as long as it holds the lock; both say when they have begun.
_HELPER = """
import fcntl, sys, threading
held = open(sys.argv[2], "w")
fcntl.flock(held, fcntl.LOCK_EX)
open(sys.argv[1], "w").write("begun")
threading.Event().wait()
"""
_RUN = """
import signal, subprocess, sys, threading
heard = signal.SIG_IGN if sys.argv[3] == "deaf" else signal.default_int_handler
signal.signal(signal.SIGINT, heard)
subprocess.Popen([sys.executable, "-c", sys.argv[4], sys.argv[1], sys.argv[2]])
try:
    threading.Event().wait()
except KeyboardInterrupt:
    open(sys.argv[2] + ".ended", "w").close()
"""


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (signal.SIGINT, "hearing", 130),
        (signal.SIGINT, "deaf", 130),
        (signal.SIGTERM, "hearing", 143),
    ],
    ids=["ctrl-c", "a run that does not end", "terminated"],
)
def test_a_run_that_is_stopped_says_so_in_one_line(
    tmp_path, monkeypatch, capfd, number, kind, code
):
    began, lock = tmp_path / "began", tmp_path / "lock"
    os.mkfifo(began)
    if kind == "deaf":
        monkeypatch.setattr(running, "_PATIENCE_SECONDS", 0.1)

    def stop():
        assert began.read_text() == "begun"
        os.kill(os.getpid(), number)

    stopping = threading.Thread(target=stop)
    stopping.start()
    command = [sys.executable, "-c", _RUN, str(began), str(lock), kind, _HELPER]
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(typer.Exit) as ended, guarded(json_output=False):
        running._ended(command, os.environ)
    stopping.join()
    assert ended.value.exit_code == code
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("testops: the run was stopped; what readers have stays")
    assert said.err.count("\n") == 1
    assert signal.getsignal(signal.SIGINT) == before
    assert (tmp_path / "lock.ended").exists() == (kind == "hearing")
    with lock.open() as free:
        fcntl.flock(free, fcntl.LOCK_EX)  # waits for ever while the helper lives
