"""A project whose GitLab source can be loaded and asked, and a GitLab to load from."""

import pytest

from dlt_pipelines import http
from tests.dlt_pipelines.gitlab_ci.made_up_gitlab import Site
from tests.replay_server import FakeClock


@pytest.fixture
def source_name():
    return "gitlab_ci"


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def clock(monkeypatch):
    clock = FakeClock(1_767_400_000.0)  # 2026-01-03
    monkeypatch.setattr(http, "SYSTEM_CLOCK", clock)
    return clock
