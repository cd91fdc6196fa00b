"""A project whose Azure DevOps source can be loaded and asked, and a server to poll."""

import pytest

from dlt_pipelines.parsers.azure_devops import AzureDevopsReader
from tests.dlt_pipelines.azure_devops.made_up_azure_devops import PROJECT, Site
from tests.dlt_pipelines.build_readings import Reading


@pytest.fixture
def source_name():
    return "azure_devops"


@pytest.fixture
def reading():
    return Reading(AzureDevopsReader)


@pytest.fixture
def site(server):
    return Site(server)


@pytest.fixture
def options(server):
    return {
        "mode": "api",
        "api_url": server.url,
        "projects": [PROJECT],
        "since": "2026-01-01",
        "timeout_seconds": 0.3,
    }


@pytest.fixture
def api_project(project, options):
    project.configure(**options)
    return project
