"""A repository with a CODEOWNERS history, and a project that loads it."""

from datetime import UTC, datetime

import pytest

from tests.dlt_pipelines import git_projects


class Clone(git_projects.Clone):
    """A repository whose commits say when they were made."""

    def commit(self, files, *, at=None):
        """Write files (None deletes) and commit; return hash and time."""
        sha = self.commit_files(files, at=at)
        return sha, datetime.fromtimestamp(self.clock, UTC)


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
    return git_projects.GitProject(folder, "codeowners")


@pytest.fixture
def make_clone(project):
    def make(name="shop", origin="https://git.example/acme/shop.git"):
        return Clone(project.folder / name, origin)

    return make
