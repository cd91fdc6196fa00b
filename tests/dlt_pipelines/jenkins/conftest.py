"""A project whose Jenkins source can be loaded and asked, and a server to poll."""

import pytest

from dlt_pipelines import http
from dlt_pipelines.parsers.jenkins import JenkinsReader
from tests.dlt_pipelines.build_projects import BuildProject, Reading
from tests.dlt_pipelines.jenkins.made_up_jenkins import Site
from tests.replay_server import FakeClock, ReplayServer


@pytest.fixture
def make_project(tmp_path, monkeypatch):
    """Make projects; the one made last is the current one."""

    def making(name="project"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
        monkeypatch.setenv("TESTOPS_PROJECT", str(folder))
        return BuildProject(folder, "jenkins")

    return making


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def reading():
    return Reading(JenkinsReader)


@pytest.fixture
def clock(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(http, "SYSTEM_CLOCK", clock)
    return clock


@pytest.fixture
def server(clock):
    server = ReplayServer(clock)
    yield server
    server.close()


@pytest.fixture
def site(server):
    return Site(server)


@pytest.fixture
def api_project(project, server):
    project.configure(mode="api", api_url=server.url, since="2026-01-01", timeout_seconds=0.3)
    return project
