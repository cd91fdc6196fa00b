"""What `testops run` says of the process that it starts."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from testops.cli import running
from testops.cli.app import app

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
    real = subprocess.run

    def start(printed: dict | None, code: int, *arguments: str):
        text = "" if printed is None else json.dumps(printed)
        script = f"import sys; print({text!r}); sys.exit({code})"

        def job(command, **options):
            return real([sys.executable, "-c", script], **options)

        monkeypatch.setattr(running.subprocess, "run", job)
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


def test_programs_get_what_came_of_a_run(run):
    printed = {"status": "unchanged", "error": None}
    done = run(printed, 0, "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, printed)
