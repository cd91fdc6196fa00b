"""A project whose CircleCI source can be loaded and asked, and a server to poll."""

import pytest

from dlt_pipelines.parsers.circleci import CircleciReader
from tests.dlt_pipelines.build_readings import Reading
from tests.dlt_pipelines.circleci.made_up_circleci import Site


@pytest.fixture
def source_name():
    return "circleci"


@pytest.fixture
def reading():
    return Reading(CircleciReader)


@pytest.fixture
def site(server):
    return Site(server)


@pytest.fixture
def api_project(project, server):
    project.configure(
        mode="api",
        api_url=server.url,
        projects=["gh/simulated-org/shop"],
        since="2026-01-01",
        lookback_days=20_000,
        timeout_seconds=0.3,
    )
    return project
