"""A project whose Jenkins source can be loaded and asked, and a server to poll."""

import pytest

from dlt_pipelines.parsers.jenkins import JenkinsReader
from tests.dlt_pipelines.build_readings import Reading
from tests.dlt_pipelines.jenkins.made_up_jenkins import Site


@pytest.fixture
def source_name():
    return "jenkins"


@pytest.fixture
def reading():
    return Reading(JenkinsReader)


@pytest.fixture
def site(server):
    return Site(server)


@pytest.fixture
def api_project(project, server):
    project.configure(mode="api", api_url=server.url, since="2026-01-01", timeout_seconds=0.3)
    return project
