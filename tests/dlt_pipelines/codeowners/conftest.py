"""A repository with a CODEOWNERS history, and a project that loads it."""

import json
import os
import subprocess
from datetime import UTC, datetime

import duckdb
import pytest

from dlt_pipelines import loading


class Clone:
    """A repository with a work tree whose clock moves 100 s with every commit."""

    def __init__(self, folder, origin=None):
        self.folder = folder
        self.clock = 1_700_000_000
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        if origin:
            self.git("remote", "add", "origin", origin)

    def git(self, *arguments):
        person = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (
                ("NAME", "Ann"),
                ("EMAIL", "ann@example.com"),
                ("DATE", f"@{self.clock} +0000"),
            )
        }
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            check=True,
            capture_output=True,
            env={
                "PATH": os.environ["PATH"],
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                **person,
            },
        )
        return done.stdout.decode().strip()

    def commit(self, files, *, at=None):
        """Write files (None deletes) and commit; return hash and time."""
        self.clock = at or self.clock + 100
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD"), datetime.fromtimestamp(self.clock, UTC)


class Project:
    """A project folder whose CODEOWNERS can be loaded and asked."""

    def __init__(self, folder):
        self.folder = folder

    def configure(self, section="codeowners", **options):
        folder = self.folder / ".dlt"
        folder.mkdir(exist_ok=True)
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in options.items()]
        with (folder / "config.toml").open("a") as file:
            file.write(f"[sources.{section}]\n" + "".join(lines))

    def load(self):
        return loading.run("codeowners", project=self.folder)

    def query(self, sql):
        with duckdb.connect(str(self.folder / "home" / "build.duckdb")) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
    return Project(folder)


@pytest.fixture
def make_clone(project):
    def make(name="shop", origin="https://git.example/acme/shop.git"):
        return Clone(project.folder / name, origin)

    return make
