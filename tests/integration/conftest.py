"""The whole flow on a small simulated organisation, each home built once a session."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SEED = 11
SCALE = 0.02


@dataclass(frozen=True)
class Flow:
    """A project folder and the warehouse home that was made of it."""

    project: Path
    home: Path

    def run(self, *arguments: str) -> dict:
        """Run the nightly job to its end and return its summary."""
        command = [sys.executable, "-m", "dagster_project", "run"]
        done = subprocess.run(
            [*command, "--project", str(self.project), *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TESTOPS_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])

    def testops(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the command `testops` on this home."""
        return subprocess.run(
            [sys.executable, "-m", "testops", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TESTOPS_HOME": str(self.home), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def database(self) -> Path:
        return (self.home / "published" / "current.duckdb").resolve()


@pytest.fixture(scope="session")
def organisation(tmp_path_factory) -> Path:
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
def clean(organisation, tmp_path_factory) -> Flow:
    """One clean run over everything."""
    flow = Flow(organisation, tmp_path_factory.mktemp("clean") / "warehouse")
    summary = flow.run()
    assert summary["status"] == "published", summary
    return flow


@pytest.fixture
def copied(organisation, tmp_path) -> Flow:
    """A copy of the organisation that a test may change, with a home of its own."""
    project = tmp_path / "organisation"
    shutil.copytree(organisation, project, symlinks=True)
    return Flow(project, tmp_path / "warehouse")
