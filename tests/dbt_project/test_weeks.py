"""Weeks that begin on another weekday: tables, sums of days and the metric service agree."""

import json
from datetime import date, timedelta

import duckdb
import pytest

from testops.metrics import Request
from testops.metrics.catalogue import read_catalogue
from testops.metrics.service import compute
from tests.dbt_project.test_gitlab import HOME, SHOP, pipeline

SUNDAY = 6
FIRST, LAST = date(2026, 1, 2), date(2026, 1, 19)  # from a Friday to a Monday


@pytest.fixture(scope="module")
def warehouse(make_warehouse):
    """Every day one pipeline more than the day before, every third fails."""
    made = make_warehouse()
    made.load(
        "raw_gitlab_ci.projects",
        {**HOME, "repository": SHOP, "default_branch": "main", "payload": "{}"},
    )
    rows, day = [], FIRST
    while day <= LAST:
        for number in range((day - FIRST).days + 1):
            moment = f"{day} 12:{number:02}:00+00"
            rows.append(
                pipeline(
                    len(rows) + 1,
                    status="failed" if number % 3 == 2 else "success",
                    created_at=moment,
                    started_at=moment,
                    finished_at=f"{day} 13:00:00+00",
                    updated_at=f"{day} 13:00:00+00",
                    sha=f"{len(rows):040x}",
                )
            )
        day += timedelta(days=1)
    made.load("raw_gitlab_ci.pipelines", *rows)
    # A folder of its own: for another variable dbt reads all models anew.
    made.dbt(
        "build", "--vars", "{first_day_of_week: sunday}", "--target-path", str(made.home / "dbt"),
        "--resource-type", "seed", "--resource-type", "model", "--select",
        "+mart_pipeline__workflow_runs_windows", "dim_teams", "dim_services",
    )  # fmt: skip
    return made


def test_weeks_from_sunday_are_the_sums_of_their_days(warehouse):
    days = dict(
        warehouse.rows(
            "select run_created_date, count(*) from core.fct_workflow_run_attempts group by 1"
        )
    )
    assert sum(days.values()) == 18 * 19 / 2
    weeks = warehouse.rows(
        """
        select window_start_date, run_count, success_count, decided_count
        from marts.mart_pipeline__workflow_runs_windows
        where window_name = 'week' and grain = 'repository'
        order by window_start_date
        """
    )
    # The first row begins with the data.
    starts = [start for start, *_ in weeks]
    assert starts == [FIRST, date(2026, 1, 4), date(2026, 1, 11), date(2026, 1, 18)]
    assert {start.weekday() for start in starts[1:]} == {SUNDAY}
    for start, run_count, *_ in weeks:
        end = start + timedelta(days=(SUNDAY - start.weekday()) % 7 or 7)
        assert run_count == sum(count for day, count in days.items() if start <= day < end)

    manifest = json.loads((warehouse.home / "dbt" / "semantic_manifest.json").read_text())
    with duckdb.connect(warehouse.home / "build.duckdb", read_only=True) as connection:
        types: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "select table_schema || '.' || table_name, column_name, data_type"
            " from information_schema.columns"
        ).fetchall():
            types.setdefault(table, {})[column] = kind
        asked = Request(("run_count", "pipeline_success_ratio"), ("repository",), grain="week")
        found = compute(connection, read_catalogue(manifest, types), asked)
    told = [
        (
            max(row.since, FIRST),
            row.cells["run_count"].value,
            row.cells["pipeline_success_ratio"].numerator,
            row.cells["pipeline_success_ratio"].denominator,
        )
        for row in found.rows
    ]
    assert told == weeks
