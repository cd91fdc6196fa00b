"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded data, or a skip that says how to get the test to run."""
    folder = Path(os.environ.get("TESTOPS_CORPUS", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip(f"no recorded data in `{folder}`; name its folder in TESTOPS_CORPUS")
    return folder
