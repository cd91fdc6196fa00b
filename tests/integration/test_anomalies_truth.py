"""Weeks in which jobs were made to wait, as the anomalies tell them, against the simulator's truth.

How long jobs wait is the one thing of which the simulator knows in which weeks nothing changed:
outside of them it is drawn alike. Failures, durations and re-runs move with what people do there.
"""

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from tests.integration.conftest import Flow, simulate

pytestmark = pytest.mark.integration

# Enough jobs a week for series of single repositories.
SCALE = 0.1
Series = tuple[str, str, str]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """A run over an organisation with a dozen runs a week in each repository."""
    folder = tmp_path_factory.mktemp("busy")
    flow = Flow(simulate(folder / "organisation", SCALE), folder / "warehouse")
    flow.publish()
    return flow


def held_up(project: Path) -> set[Series]:
    """Grain, entity and week of those with jobs that were made to wait."""
    found: Counter[Series] = Counter()
    with (project / "truth" / "waits.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for grain in ("repository", "team"):
                key = (grain, row[grain], row["week_start_date"])
                found[key] += int(row["held_up_job_count"])
    return {key for key, count in found.items() if count}


def test_weeks_of_waiting_are_told_and_no_others(busy):
    with duckdb.connect(str(busy.database), read_only=True) as connection:
        rows = connection.execute("""
            select grain, entity, cast(week_start_date as varchar), is_anomaly and is_worse
            from marts.mart_insight__anomalies
            where metric = 'queue_time_mean_seconds'
        """).fetchall()
    judged = {row[:3] for row in rows}
    told = {row[:3] for row in rows if row[3]}
    planted = held_up(busy.project) & judged
    assert len(planted) >= 10
    assert len(judged - planted) >= 30
    assert len(told & planted) >= 0.9 * len(planted), sorted(planted - told)
    assert len(told & planted) >= 0.95 * len(told), sorted(told - planted)
