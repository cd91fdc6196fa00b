"""What a published build says of the code that made it."""

import subprocess

import pytest

from dagster_project.publication import code_revision


@pytest.fixture
def checkout(tmp_path):
    """A repository with one commit."""
    for command in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "one"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    return tmp_path


def test_the_revision_is_that_of_the_checkout(checkout):
    told = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "HEAD"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert code_revision(checkout) == told.stdout.strip()


def test_code_installed_below_another_project_has_no_revision(checkout):
    installed = checkout / ".venv" / "site-packages"
    installed.mkdir(parents=True)
    assert code_revision(installed) is None


def test_without_git_and_without_commits_there_is_no_revision(checkout, tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", str(tmp_path / "new")], check=True)
    assert code_revision(tmp_path / "new") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_revision(checkout) is None
