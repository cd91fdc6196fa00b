"""SIGKILL at every step, and run again: the rows of one clean run."""

from pathlib import Path

import pytest

from tests.integration.comparison import differences
from tests.integration.conftest import Flow

pytestmark = pytest.mark.integration

STEPS = (
    "start load github_actions",
    "start load test_results",
    "start gate raw",
    "build models: core.",
    "start gate published",
    "start publish",
)


def test_killed_at_every_step_and_run_again(clean: Flow, tmp_path: Path) -> None:
    """One home suffers every kill, one after the other; nothing is cleaned up between."""
    suffering = Flow(clean.project, tmp_path / "warehouse")
    for words in STEPS:
        told = suffering.kill_at(words)
        # What was made whole before the kill is not made again.
        assert words != "start publish" or any("made by the run before" in line for line in told)
        assert not (suffering.home / "published" / "current.json").exists(), words
    code, summary = suffering.run()
    assert (code, summary["status"]) == (0, "published"), summary
    assert differences(clean.database, suffering.database, LOADS) == {}
    assert not list((suffering.home / "published").glob("*.tmp"))
    assert not list((suffering.home / "published").glob(".*.tmp"))
    assert suffering.run()[1]["status"] == "unchanged"


# They tell of every load, and a killed run loads again.
LOADS = frozenset({"marts.mart_quality__sources", "core.fct_source_loads"})
