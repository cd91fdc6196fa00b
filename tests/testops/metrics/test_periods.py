"""Days, weeks and windows: what a row speaks of, whether all of it is known, what came before."""

from datetime import date

import duckdb
import pytest

from testops.metrics import Request
from testops.metrics.service import compute
from tests.testops.metrics.conftest import TABLES, only


@pytest.mark.parametrize(
    ("grain", "periods"),
    [
        ("day", [(2, 2), (3, 3), (4, 4), (9, 9), (10, 10), (11, 11)]),
        ("week", [(2, 8), (9, 15)]),
        ("month", [(1, 31)]),
    ],
)
def test_grains(ask, grain, periods):
    found = ask("decided_count", grain=grain)
    assert [(row.since.day, row.until.day) for row in found.rows] == periods
    assert sum(row.cells["decided_count"].value for row in found.rows) == 8


def test_quarter(ask):
    [row] = ask("run_frequency", grain="quarter").rows
    assert (row.since, row.until) == (date(2026, 1, 1), date(2026, 3, 31))
    assert row.cells["run_frequency"].value == 9 / 90


def test_window_counts_back_from_the_end_of_the_data(ask):
    found = ask("run_count", window="22d")
    assert (found.window.since, found.window.until) == (date(2026, 3, 10), date(2026, 3, 31))
    assert only(found).value == 4
    assert only(ask("run_count", window="1w", until=date(2026, 3, 8))).value == 4
    assert only(ask("run_count", since=date(2026, 3, 4), until=date(2026, 3, 9))).value == 2


def test_compare_of_a_window_with_the_one_before(ask):
    cell = only(ask("success_ratio", since=date(2026, 3, 9), until=date(2026, 3, 15), compare=True))
    assert (cell.value, cell.previous.value) == (2 / 4, 3 / 4)
    assert cell.change == pytest.approx(-1 / 4)


def test_compare_of_weeks_looks_before_the_window(ask):
    named = {"since": date(2026, 3, 9), "until": date(2026, 3, 15), "grain": "week"}
    found = ask("success_ratio", by=("team",), compare=True, **named)
    cells = {row.slices["team"]: row.cells["success_ratio"] for row in found.rows}
    assert cells["checkout"].previous.value == 3 / 4
    assert cells["search"].previous.value is None
    assert cells["search"].change is None
    assert [row.since for row in found.rows] == [date(2026, 3, 9)] * 3


def test_a_series_begins_with_a_whole_period(ask):
    """Two weeks back from a Sunday are two; back from a Thursday they reach into a third."""
    for until in (date(2026, 3, 15), date(2026, 3, 19)):
        found = ask("run_count", grain="week", window="2w", until=until)
        assert found.window.since == date(2026, 3, 2)
        assert found.rows[0].cells["run_count"].value == 4
    assert ask("run_count", window="1w", until=date(2026, 3, 12)).window.since == date(2026, 3, 6)


def test_a_rate_is_not_divided_by_days_before_the_data(ask):
    found = ask("run_frequency", window="90d", until=date(2026, 3, 15))
    assert found.window.since == date(2026, 3, 1)
    assert only(found).denominator == 15


def test_days_that_were_named_are_those_of_the_row(ask):
    """A rate has the days that were looked at below the line."""
    named = {"since": date(2026, 3, 3), "until": date(2026, 3, 11)}
    found = ask("run_frequency", "run_count", grain="week", compare=True, **named)
    assert [(row.since.day, row.until.day) for row in found.rows] == [(3, 8), (9, 11)]
    counts = [row.cells["run_count"].value for row in found.rows]
    rates = [row.cells["run_frequency"].value for row in found.rows]
    assert rates == [counts[0] / 6, counts[1] / 3]
    # Parts of weeks are compared with nothing.
    assert [row.cells["run_count"].previous.value for row in found.rows] == [None, None]


def test_the_row_before_is_a_whole_one_even_where_less_was_asked_for(ask):
    named = {"since": date(2026, 3, 4), "grain": "week", "compare": True}
    part, whole, _ = ask("run_count", **named).rows
    [all_of_it, _] = ask("run_count", grain="week").rows
    assert part.cells["run_count"].value < all_of_it.cells["run_count"].value
    assert whole.cells["run_count"].previous.value == all_of_it.cells["run_count"].value


def test_a_window_is_compared_where_all_of_the_one_before_is_in_the_data(ask):
    until = date(2026, 3, 15)
    assert only(ask("run_count", window="7d", until=until, compare=True)).previous.value == 4
    assert only(ask("run_count", window="8d", until=until, compare=True)).previous.value is None


def test_a_week_that_is_not_over_is_compared_with_nothing(ask, monkeypatch):
    weekly = {"grain": "week", "compare": True}
    assert ask("run_count", **weekly).rows[1].cells["run_count"].previous.value == 4
    days = (date(2026, 3, 1), date(2026, 3, 13))
    monkeypatch.setattr("testops.metrics.service.bounds", lambda _: days)
    assert ask("run_count", **weekly).rows[1].cells["run_count"].previous.value is None


def test_a_slice_that_ended_is_compared_too(ask):
    """Nobody of search or without a team ran in the first days, and nobody at all in the last."""
    named = {"since": date(2026, 3, 11), "until": date(2026, 3, 12), "compare": True}
    found = ask("success_ratio", "run_frequency", by=("team",), order="-success_ratio", **named)
    told = {
        row.slices["team"]: [
            (row.cells[name].value, row.cells[name].previous.value)
            for name in ("success_ratio", "run_frequency")
        ]
        for row in found.rows
    }
    assert told == {
        None: [(0.0, None), (1 / 2, None)],
        "checkout": [(None, 1 / 2), (None, 2 / 2)],
        "search": [(None, 1.0), (None, 2 / 2)],
    }
    assert found.rows[0].slices["team"] is None
    ended = next(row for row in found.rows if row.slices["team"] == "checkout")
    assert (ended.since, ended.until) == (named["since"], named["until"])
    assert not ended.cells["success_ratio"].is_sufficient
    assert ended.cells["success_ratio"].change is None
    del named["compare"]
    assert len(ask("success_ratio", by=("team",), **named).rows) == 1


def test_a_week_without_rows_is_compared_once(ask):
    found = ask("run_count", "author_count", grain="week", by=("team",), compare=True)
    weeks = [(row.since.day, row.slices["team"], row.cells["run_count"]) for row in found.rows]
    counts = [(day, team, cell.value, cell.previous.value) for day, team, cell in weeks]
    assert counts == [
        (2, "checkout", 4, None),
        (9, "checkout", 2, 4),
        (9, "search", 2, None),
        (9, None, 1, None),
        (16, "checkout", None, 2),
        (16, "search", None, 2),
        (16, None, None, 1),
    ]
    assert found.rows[4].cells["author_count"].value is None


def test_a_slice_without_any_number_before_is_not_told(ask):
    """The nightly run of the day before has no duration."""
    named = {"since": date(2026, 3, 10), "until": date(2026, 3, 10), "compare": True}
    found = ask("duration_mean_seconds", by=("workflow_name",), **named)
    assert [row.slices["workflow_name"] for row in found.rows] == ["ci"]


def test_a_week_that_began_before_the_data_is_compared_with_nothing(ask, monkeypatch):
    days = (date(2026, 3, 3), date(2026, 3, 31))
    monkeypatch.setattr("testops.metrics.service.bounds", lambda _: days)
    found = ask("run_count", grain="week", compare=True)
    assert [row.cells["run_count"].previous.value for row in found.rows] == [None, None, 5]


def test_a_week_to_come_is_compared_with_nothing(ask, monkeypatch):
    days = (date(2026, 3, 1), date(2026, 3, 22))
    monkeypatch.setattr("testops.metrics.service.bounds", lambda _: days)
    for until in (None, date(2026, 3, 22), date(2026, 4, 5)):
        found = ask("run_count", grain="week", until=until, compare=True)
        assert [row.since.day for row in found.rows] == [2, 9]


@pytest.mark.parametrize(
    ("question", "complete"),
    [
        ({"grain": "week"}, [True, True]),
        ({"grain": "month"}, [False]),
        ({"grain": "quarter"}, [False]),
        ({"grain": "total"}, [True]),
        ({"grain": "total", "until": date(2026, 4, 1)}, [False]),
        ({"grain": "total", "since": date(2026, 2, 28)}, [False]),
        ({"grain": "week", "since": date(2026, 3, 3)}, [True, True]),
    ],
    ids=str,
)
def test_a_period_with_days_that_are_not_over_or_not_known_says_so(ask, question, complete):
    found = ask("run_count", **question)
    assert [row.is_complete for row in found.rows] == complete
    assert [row["is_complete"] for row in found.to_json()["rows"]] == complete


@pytest.mark.parametrize(
    ("first", "last", "complete"),
    [(2, 16, [True, True]), (2, 15, [True, False]), (3, 16, [False, True])],
)
def test_the_last_day_of_the_data_is_not_over(ask, monkeypatch, first, last, complete):
    days = (date(2026, 3, first), date(2026, 3, last))
    monkeypatch.setattr("testops.metrics.service.bounds", lambda _: days)
    assert [row.is_complete for row in ask("run_count", grain="week").rows] == complete


def test_a_window_longer_than_time(ask):
    assert only(ask("run_count", window="99999w", compare=True)).value == 9
    assert len(ask("run_count", window="99999w", grain="week").rows) == 2


def test_nothing_lies_before_the_first_day(ask):
    assert only(ask("run_count", compare=True)).previous.value is None


def test_weeks_begin_on_the_weekday_of_the_build(catalogue):
    """With weeks from Sunday on, what a week has is what its seven days have."""
    with duckdb.connect() as build:
        build.execute(TABLES)
        build.execute("""
            update core.dim_dates
            set week_start_date = calendar_date - cast(dayofweek(calendar_date) as integer);
            insert into core.fct_runs values
                ('11', 'r1', '2026-03-07', 'ci', true, true, 1.0, 1),
                ('12', 'r1', '2026-03-08', 'ci', true, true, 1.0, 1)
        """)
        metrics = ("run_count", "coverage_ratio")
        weeks = compute(build, catalogue, Request(metrics, grain="week", compare=True))
        days = compute(build, catalogue, Request(metrics, grain="day"))
        back = compute(build, catalogue, Request(metrics, grain="week", window="2w"))
    counts = {row.since: row.cells["run_count"].value for row in days.rows}
    assert [(row.since.day, row.until.day) for row in weeks.rows] == [(1, 7), (8, 14), (15, 21)]
    for row in weeks.rows[:2]:
        found = [count for day, count in counts.items() if row.since <= day <= row.until]
        assert row.cells["run_count"].value == sum(found)
    assert [row.cells["run_count"].previous.value for row in weeks.rows] == [None, 5, 6]
    # The newest commit of each of its weeks: none of a Sunday counts with the days before it.
    assert [row.cells["coverage_ratio"].value for row in weeks.rows[:2]] == [40 / 200, 0.9]
    assert back.window.since == date(2026, 3, 15)
