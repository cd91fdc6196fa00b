"""Ready-made values are those that the service gives when it is asked."""

from datetime import date

import duckdb
import pytest

from testops.errors import TestopsError, UsageError
from testops.metrics import Request, answer
from testops.metrics.snapshots import COLUMNS, SLICES, WINDOWS, Snapshot, make, read


@pytest.fixture(scope="module")
def made(connection, catalogue):
    """By two askers at a time, which is what makes an answer land in another's place."""
    return list(make([connection.cursor(), connection.cursor()], catalogue))


@pytest.fixture
def kept(made):
    """A database that has them as a published one has."""
    with duckdb.connect() as opened:
        listed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        opened.execute("create schema metrics")
        opened.execute(f"create table metrics.snapshots ({listed})")
        marks = ", ".join("?" for _ in COLUMNS)
        opened.executemany(f"insert into metrics.snapshots values ({marks})", made)
        yield opened


def test_columns_are_those_of_a_snapshot():
    assert tuple(COLUMNS) == Snapshot._fields


@pytest.mark.parametrize("kind", ["team", "repository", "business_unit"])
@pytest.mark.parametrize("window", list(WINDOWS))
def test_they_are_what_the_service_says(connection, build, catalogue, made, kind, window):
    names = {one.metric for one in made if one.slice_kind == kind}
    assert "success_ratio" in names
    asked = Request(tuple(sorted(names)), (kind,), window=WINDOWS[window], compare=True)
    said = {
        (name, row.slices[kind]): (cell.value, cell.n, cell.is_sufficient, cell.previous.value)
        for row in answer(connection, build, catalogue, asked).rows
        for name, cell in row.cells.items()
        if row.slices[kind] is not None and (cell.n or cell.previous.n)
    }
    found = {
        (one.metric, one.slice_name): (
            one.metric_value, one.observation_count, one.is_sufficient, one.previous_value
        )
        for one in made
        if (one.slice_kind, one.window_name) == (kind, window)
    }  # fmt: skip
    assert found == said
    assert found


def test_weeks_have_the_week_before(made):
    weeks = {
        one.period_start_date.day: one.previous_value
        for one in made
        if (one.metric, one.slice_name, one.window_name) == ("success_ratio", "checkout", "week")
    }
    assert weeks == {2: None, 9: 0.75, 16: 0.5}


def test_windows_end_now_and_weeks_are_over(connection, catalogue, made, monkeypatch):
    assert {one.is_complete for one in made} == {True}
    days = (date(2026, 3, 1), date(2026, 3, 15))
    monkeypatch.setattr("testops.metrics.service.bounds", lambda _: days)
    told = {
        (one.window_name, one.period_start_date.day): one.is_complete
        for one in make([connection.cursor()], catalogue)
        if (one.metric, one.slice_name) == ("success_ratio", "checkout")
    }
    assert told == {
        ("last_30_days", 1): True,
        ("last_90_days", 1): True,
        ("all", 1): True,
        ("week", 2): True,
        ("week", 9): False,
    }


def test_each_has_the_version_of_its_metric(made, catalogue):
    assert {one.metric_version for one in made if one.metric == "success_ratio"} == {
        catalogue.metrics["success_ratio"].version
    }


def test_read(kept, made):
    rows = read(kept, "team", "last_30_days")
    assert [tuple(row.values()) for row in rows] == sorted(
        (one for one in made if (one.slice_kind, one.window_name) == ("team", "last_30_days")),
        key=lambda one: (one.slice_name, one.metric),
    )
    assert rows
    names = ["success_ratio", "run_count"]
    assert read(kept, "team", "last_30_days", names) == [
        row for row in rows if row["metric"] in names
    ]
    assert read(kept, "team", "last_30_days", ["success_ratio"])


@pytest.mark.parametrize(
    ("kind", "window", "said"),
    [
        ("teem", "all", "did you mean `team`"),
        ("team", "x'; drop table y --", "is not kept ready"),
        ("team", "last_30_day", "did you mean `last_30_days`"),
        ("repository", "week", "--by repository --grain week"),
    ],
)
def test_what_is_not_kept(kept, kind, window, said):
    with pytest.raises(UsageError, match=said):
        read(kept, kind, window)


def test_a_build_without_them(connection):
    with pytest.raises(TestopsError, match="without ready-made metrics"):
        read(connection, SLICES[0], "all")


def test_a_build_without_any_day_has_none(catalogue):
    with duckdb.connect() as empty:
        empty.execute("create schema core")
        empty.execute("create table core.dim_dates (calendar_date date)")
        assert list(make([empty], catalogue)) == []
