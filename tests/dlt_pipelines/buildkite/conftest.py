"""A project whose Buildkite source can be loaded and asked, and a server to poll."""

import pytest

from dlt_pipelines.parsers.buildkite import BuildkiteReader
from tests.dlt_pipelines.build_readings import Reading
from tests.dlt_pipelines.buildkite.made_up_buildkite import Site


@pytest.fixture
def source_name():
    return "buildkite"


@pytest.fixture
def reading():
    return Reading(BuildkiteReader)


@pytest.fixture
def site(server):
    return Site(server)


@pytest.fixture
def api_project(project, server):
    server.largest_page = 3
    project.configure(
        mode="api",
        api_url=server.url,
        organizations=["simulated-org"],
        since="2026-01-01",
        timeout_seconds=0.3,
    )
    return project
