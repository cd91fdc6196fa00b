"""A very small simulated organisation, and runs of it in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Warehouse:
    """A project folder and a home."""

    project: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "TESTOPS_HOME": str(self.home)}

    def command(self, *arguments: str) -> list[str]:
        return [
            sys.executable, "-m", "dagster_project", "run", "--project", str(self.project),
            "--progress", "plain", *arguments,
        ]  # fmt: skip

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run to the end; return the exit code and the summary."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=REPOSITORY, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    def kill_at(self, words: str) -> list[str]:
        """Run until a line of the progress holds the words, then kill; return the lines."""
        process = subprocess.Popen(
            self.command(),
            cwd=REPOSITORY, env=self.environment, text=True,
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
    folder = tmp_path_factory.mktemp("simulated") / "organisation"
    subprocess.run(
        [
            sys.executable, "-m", "examples.simulator", "--output", str(folder),
            "--scale", "0.01", "--seed", "3",
        ],
        cwd=REPOSITORY, check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def published(organisation: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A home with one clean build; a test that changes it works on a copy."""
    warehouse = Warehouse(organisation, tmp_path_factory.mktemp("published") / "warehouse")
    code, summary = warehouse.run()
    assert (code, summary["status"]) == (0, "published"), summary
    return warehouse
