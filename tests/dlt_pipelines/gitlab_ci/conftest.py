"""A project whose GitLab source can be loaded and asked, and a GitLab to load from."""

import pytest

from dlt_pipelines import http
from tests.dlt_pipelines.build_projects import BuildProject
from tests.dlt_pipelines.gitlab_ci.made_up_gitlab import Site
from tests.replay_server import FakeClock, ReplayServer


@pytest.fixture
def make_project(tmp_path, monkeypatch):
    """Make projects; the one made last is the current one."""

    def making(name="project"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
        monkeypatch.setenv("TESTOPS_PROJECT", str(folder))
        return BuildProject(folder, "gitlab_ci")

    return making


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def server(monkeypatch):
    clock = FakeClock(1_767_400_000.0)  # 2026-01-03
    monkeypatch.setattr(http, "SYSTEM_CLOCK", clock)
    served = ReplayServer(clock)
    yield served
    served.close()
