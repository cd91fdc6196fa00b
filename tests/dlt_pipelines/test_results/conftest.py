"""A project with report files and a home of its own."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines import config, loading

JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="{suite}" tests="3" failures="1" time="1.5">
<testcase classname="pkg.Thing" name="test_a" time="0.5"/>
<testcase classname="pkg.Thing" name="test_b" time="1.0"><failure message="no"/></testcase>
<testcase classname="pkg.Thing" name="test_c"><skipped/></testcase>
</testsuite></testsuites>"""


class Project:
    """Writes report files, loads them and asks what arrived."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        (folder / ".dlt").mkdir(parents=True)
        self.configure('files = ["reports"]')
        (folder / "reports").mkdir()

    def configure(self, text: str) -> None:
        (self.folder / ".dlt" / "config.toml").write_text(f"[sources.test_results]\n{text}\n")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self) -> loading.LoadReport:
        return loading.run("test_results")

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "build.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path / "project", tmp_path / "home")
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(made.folder))
    monkeypatch.setenv(config.HOME_VARIABLE, str(made.home))
    return made


@pytest.fixture
def junit():
    """Makes a JUnit report of three cases: passed, failed, skipped."""
    return lambda suite="suite": JUNIT.format(suite=suite)


@pytest.fixture
def zipped():
    """Makes a zip file of members by name."""

    def make(members: Mapping[str, str | bytes]) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return packed.getvalue()

    return make
