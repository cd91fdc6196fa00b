"""Repositories made for a test, and a project that loads them."""

import pytest

from tests.dlt_pipelines import git_projects


class Clone(git_projects.Clone):
    """A repository whose files are named as arguments."""

    def commit(self, subject, **files):
        """Write files (`__` in a name is `/`, None deletes) and commit; return the hash."""
        named = {
            name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()
        }
        return self.commit_files(named, subject)


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "project" / "shop", "https://user:secret@git.example/acme/shop.git")


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
    return git_projects.GitProject(folder, "git_history")


@pytest.fixture
def make_clone(tmp_path):
    def make(name, origin=None):
        return Clone(tmp_path / "project" / name, origin)

    return make
