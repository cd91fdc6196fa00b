"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


# Tests of the whole flow take minutes: a worker starts with them, so that none is left alone.
_LONG = ("tests/integration",)


# Before pytest-xdist looks for the groups: it would find none and share out every test alone.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first, and what shares an organisation on one worker."""

    def group(item: pytest.Item) -> str:
        path = item.path.relative_to(REPOSITORY).as_posix()
        return next((long for long in _LONG if path.startswith(long)), path)

    items.sort(key=lambda item: group(item) not in _LONG)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded data, or a skip that says how to get the test to run."""
    folder = Path(os.environ.get("TESTOPS_CORPUS", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip(f"no recorded data in `{folder}`; name its folder in TESTOPS_CORPUS")
    return folder
