"""Repositories made for a test, and a project that loads what they hold."""

import json
import os
import subprocess

import duckdb

from dlt_pipelines import loading

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Bob",
    "GIT_COMMITTER_EMAIL": "bob@example.com",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


class Clone:
    """A repository with a work tree, whose clock moves 100 s with every commit."""

    def __init__(self, folder, origin=None):
        self.folder = folder
        self.clock = 1_700_000_000
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        if origin:
            self.git("remote", "add", "origin", origin)

    def git(self, *arguments):
        times = {
            "GIT_AUTHOR_DATE": f"@{self.clock} +0000",
            "GIT_COMMITTER_DATE": f"@{self.clock} +0000",
        }
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            check=True,
            capture_output=True,
            env={"PATH": os.environ["PATH"], **IDENTITY, **times},
        )
        return done.stdout.decode().strip()

    def commit_files(self, files, subject="change", at=None):
        """Write files (None deletes) and commit; return the hash."""
        self.clock = at or self.clock + 100
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")


class GitProject:
    """A project folder whose source can be loaded and asked."""

    def __init__(self, folder, source):
        self.folder = folder
        self.source = source

    def configure(self, section=None, **options):
        folder = self.folder / ".dlt"
        folder.mkdir(exist_ok=True)
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in options.items()]
        with (folder / "config.toml").open("a") as file:
            file.write(f"[sources.{section or self.source}]\n" + "".join(lines))

    def load(self):
        return loading.run(self.source, project=self.folder)

    def query(self, sql):
        with duckdb.connect(str(self.folder / "home" / "build.duckdb")) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()
