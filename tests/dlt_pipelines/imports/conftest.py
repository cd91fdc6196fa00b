"""A project with an empty home, and shortcuts to import into it and to look at it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dlt_pipelines import config
from dlt_pipelines.imports.__main__ import main


class Project:
    """A project folder and its home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder.parent / "home"
        self.landing = self.home / "landing"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def configure(self, text: str) -> None:
        (self.folder / ".dlt" / "config.toml").write_text(text, "utf-8")

    def landed(self) -> list[Path]:
        return sorted(self.landing.glob("imports/*/*.parquet"))

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "build.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "project"
    (folder / ".dlt").mkdir(parents=True)
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(folder))
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path / "home"))
    return Project(folder)


@pytest.fixture
def take(project: Project, capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, Any]]:
    """Import a file; returns the exit code and what became of the file."""

    def run(path: Path, kind: str, *options: str) -> tuple[int, Any]:
        arguments = ["--kind", kind, "--landing", str(project.landing), "--json", *options]
        code = main([*arguments, "--", str(path)])
        output = capsys.readouterr()
        if not output.out:
            return code, output.err
        return code, json.loads(output.out)["files"][0]

    return run
