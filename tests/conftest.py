"""Fixtures every test may use."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


# Tests of the whole flow take minutes: a worker starts with them, so that none is left alone.
_LONG = "tests/integration"


def _group(path: str) -> str:
    """Return what shares an organisation or a file's fixtures."""
    return _LONG if path.startswith(_LONG) else path


# Tests that put masses through code which others test line by line: there, tracing takes four times
# as long as the test.
_MASSES = re.compile(r"hostile|fuzz|corpus|conformance|reference|fast_ways")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first, and leave out of the coverage what only repeats."""
    items.sort(key=lambda item: _group(item.nodeid) != _LONG)
    for item in items:
        if _MASSES.search(item.nodeid.split("::")[0]):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a group on one worker.

    `--dist loadgroup` would do it by marks, but pytest-xdist 3.8 writes them into an attribute
    that pytest 9.2 no longer reads, and then shares out every test alone.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid.split("::")[0])

    return Grouped(config, log)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded data, or a skip that says how to get the test to run.

    Who names a folder wants the tests to run: that it is not there is no reason to pass.
    """
    named = os.environ.get("TESTOPS_CORPUS")
    folder = Path(named or REPOSITORY.parent / "shared" / "data")
    if not (folder / "README.md").is_file():
        message = f"no recorded data in `{folder}`; name its folder in TESTOPS_CORPUS"
        pytest.fail(message) if named else pytest.skip(message)
    return folder
