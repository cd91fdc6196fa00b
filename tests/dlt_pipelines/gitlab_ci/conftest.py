"""A project whose GitLab source can be loaded and asked, and a GitLab to load from."""

import pytest

from tests.dlt_pipelines.gitlab_ci.made_up_gitlab import Site


@pytest.fixture
def source_name():
    return "gitlab_ci"


@pytest.fixture
def site():
    return Site()
