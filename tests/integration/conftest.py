"""The whole flow on one small simulated organisation, built once a session.

A run takes half a minute of a core. A test that only reads uses `clean`, one that needs a home of
its own starts from a copy of it, and only what must begin with nothing makes a first run.

Runs find every home at one path, a link: dbt reads all models anew for another path of the
database, which takes longer than to build them.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SEED = 11
SCALE = 0.02


@cache
def link() -> Path:
    """Where runs of this process find their home."""
    folder = Path(tempfile.mkdtemp(prefix="home-of-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "warehouse"


@dataclass(frozen=True)
class Flow:
    """A project folder and the warehouse home that was made of it."""

    project: Path
    home: Path

    def command(self, *arguments: str) -> list[str]:
        """The command of a run, in a process of its own."""
        return [
            sys.executable, "-m", "dagster_project", "run", "--project", str(self.project),
            "--progress", "plain", *arguments,
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Lead the path of all homes to this one; return what a process has to know of it."""
        self.home.mkdir(parents=True, exist_ok=True)
        link().unlink(missing_ok=True)
        link().symlink_to(self.home)
        return {**os.environ, "TESTOPS_HOME": str(link()), "NO_COLOR": "1"}

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run the nightly job to its end; return the exit code and the summary."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=REPOSITORY, env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout.strip(), done.stderr
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])

    def publish(self, *arguments: str) -> None:
        """Run to the end, which has to be a new published build."""
        code, summary = self.run(*arguments)
        assert (code, summary["status"]) == (0, "published"), summary

    def kill_at(self, words: str, *arguments: str) -> list[str]:
        """Run until a line of the progress holds the words, then kill; return the lines."""
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=REPOSITORY, env=self.environment(), text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr
        lines = []
        for line in process.stderr:
            lines.append(line)
            if words in line:
                process.send_signal(signal.SIGKILL)
                break
        process.stderr.close()
        assert process.wait() == -signal.SIGKILL, "".join(lines)
        return lines

    def testops(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the command `testops` on this home."""
        return subprocess.run(
            [sys.executable, "-m", "testops", *arguments],
            cwd=REPOSITORY, env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def database(self) -> Path:
        return (self.home / "published" / "current.duckdb").resolve()

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.home / "published" / "current.json").read_text())

    @property
    def last_attempt(self) -> dict[str, Any]:
        return json.loads((self.home / "published" / "last_attempt.json").read_text())


@pytest.fixture(scope="session")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project folder of a small simulated organisation."""
    folder = tmp_path_factory.mktemp("simulated") / "organisation"
    command = [sys.executable, "-m", "examples.simulator", "--output", str(folder)]
    subprocess.run(
        [*command, "--seed", str(SEED), "--scale", str(SCALE)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="session")
def clean(organisation: Path, tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """One clean run over everything; a test that changes the home works on `own`."""
    flow = Flow(organisation, tmp_path_factory.mktemp("clean") / "warehouse")
    flow.publish()
    return flow


@pytest.fixture
def own(clean: Flow, tmp_path: Path) -> Flow:
    """A copy of the clean build, to be changed."""
    shutil.copytree(clean.home, tmp_path / "warehouse", symlinks=True)
    return Flow(clean.project, tmp_path / "warehouse")
