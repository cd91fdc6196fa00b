"""Numbers of the metric service, each counted by hand from the rows of `conftest`."""

import hashlib
from datetime import date

import duckdb
import pytest

from testops.errors import TestopsError, UsageError
from testops.metrics import Filter
from testops.metrics.service import fetch
from tests.testops.metrics.conftest import only


def values(found, name):
    return {tuple(row.slices.values()): row.cells[name].value for row in found.rows}


def test_ratio_carries_what_it_is_made_of(ask):
    cell = only(ask("success_ratio"))
    # The tenth run has no day, so no window holds it.
    assert (cell.numerator, cell.denominator, cell.n) == (5, 8, 8)
    assert cell.value == 5 / 8
    assert cell.is_sufficient


def test_slices_by_a_name_two_tables_away(ask):
    found = ask("success_ratio", by=("team",))
    assert values(found, "success_ratio") == {
        ("checkout",): 4 / 6,
        ("search",): 1.0,
        (None,): 0.0,
    }
    small = {row.slices["team"]: row.cells["success_ratio"] for row in found.rows}
    assert [small[team].is_sufficient for team in ("checkout", "search", None)] == [
        True, False, False,
    ]  # fmt: skip


def test_a_count_of_none_is_enough_and_no_row_is_not(ask):
    teams = {row.slices["team"]: row for row in ask("undecided_count", by=("team",)).rows}
    cell = teams["checkout"].cells["undecided_count"]
    assert (cell.value, cell.n, cell.is_sufficient) == (0, 0, True)
    day = date(2020, 1, 1)
    cell = only(ask("undecided_count", since=day, until=day))
    assert (cell.value, cell.is_sufficient) == (None, False)
    # A ratio of nothing stays what it was: nobody can tell.
    cell = only(ask("success_ratio", since=day, until=day))
    assert (cell.value, cell.is_sufficient) == (None, False)


def test_what_a_metric_leaves_out_is_no_row_without_a_name(ask):
    # The run without a team is not of the workflow: search has no such run and a name.
    found = values(ask("nightly_good_count", by=("team",)), "nightly_good_count")
    assert found == {("checkout",): 1, ("search",): None}
    assert (None,) in values(ask("nightly_good_count", "run_count", by=("team",)), "run_count")
    assert only(ask("nightly_good_count", where=(Filter("workflow", "=", ("no",)),))).value is None


def test_rows_are_in_order_and_those_without_a_name_last(ask):
    found = ask("run_count", by=("team", "workflow_name"), grain="week")
    keys = [(row.since, *row.slices.values()) for row in found.rows]
    assert keys == [
        (date(2026, 3, 2), "checkout", "ci"),
        (date(2026, 3, 9), "checkout", "ci"),
        (date(2026, 3, 9), "checkout", "nightly"),
        (date(2026, 3, 9), "search", "ci"),
        (date(2026, 3, 9), None, "ci"),
    ]


@pytest.mark.parametrize(
    ("metric", "value", "n"),
    [
        ("duration_median_seconds", 55.0, 8),
        ("duration_p90_seconds", 86.0, 8),
        ("duration_mean_seconds", 420 / 8, 8),
        ("work_seconds", 420.0, 8),
        ("author_count", 3, 3),
        ("undecided_count", 1, 1),
        ("nightly_count", 1, 1),
        ("failure_ratio", 3 / 8, 5),
        ("run_frequency", 9 / 31, 9),
    ],
)
def test_totals(ask, metric, value, n):
    cell = only(ask(metric))
    assert cell.value == pytest.approx(value)
    assert cell.n == n


def test_what_does_not_add_up_is_counted_over_all_rows_of_a_slice(ask):
    """Author 1 ran in two repositories of one business unit."""
    found = ask("author_count", by=("business_unit",))
    assert values(found, "author_count") == {("retail",): 3, (None,): 1}
    found = ask("duration_median_seconds", by=("business_unit",))
    assert values(found, "duration_median_seconds") == {("retail",): 50.0, (None,): 80.0}


@pytest.mark.parametrize(
    "name",
    ["run_count", "author_count", "decided_count", "undecided_count", "work_seconds",
     "duration_median_seconds", "success_ratio", "run_frequency"],
)  # fmt: skip
def test_without_any_row_nothing_is_known(ask, name):
    cell = only(ask(name, since=date(2026, 3, 20), until=date(2026, 3, 25)))
    assert (cell.value, cell.n, cell.is_sufficient) == (None, 0, False)
    nobody = (Filter("team", "=", ("nobody",)),)
    assert only(ask(name, where=nobody)).value is None


def test_of_rows_that_do_not_count_there_are_none(ask):
    named = {"since": date(2026, 3, 2), "until": date(2026, 3, 2)}
    assert only(ask("undecided_count", **named)).value == 0
    assert only(ask("undecided_author_count", **named)).value == 0


def test_only_the_newest_complete_commit_counts(ask):
    assert values(ask("coverage_ratio", by=("repository",)), "coverage_ratio") == {
        ("a/find",): 0.3,
        ("a/shop",): 0.9,
    }
    assert only(ask("coverage_ratio")).value == 120 / 200
    weeks = {r.since.day: r.cells["coverage_ratio"].value for r in ask(
        "coverage_ratio", grain="week").rows}  # fmt: skip
    assert weeks == {2: 40 / 200, 9: 0.9}


def test_metrics_of_two_facts_side_by_side(ask):
    found = ask("success_ratio", "coverage_ratio", by=("repository",))
    assert len(found.statements) == 2
    assert values(found, "success_ratio") == {("a/find",): 1.0, ("a/shop",): 4 / 6, (None,): 0.0}
    assert values(found, "coverage_ratio") == {("a/find",): 0.3, ("a/shop",): 0.9, (None,): None}


def test_ratio_of_two_facts(ask):
    assert values(ask("covered_lines_per_run", by=("team",)), "covered_lines_per_run") == {
        ("checkout",): 90 / 6,
        ("search",): 30 / 2,
        (None,): None,
    }


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (("team", "=", ("checkout",)), 6),
        (("squad", "=", ("checkout",)), 6),
        (("team", "!=", ("checkout",)), 2),
        (("team", "in", ("checkout", "search")), 8),
        (("team", "not in", ("checkout", "nobody")), 2),
        (("team", "is null", ()), 1),
        (("team", "is not null", ()), 8),
        (("repository", "=", ("a/find",)), 2),
        (("business_unit", "is null", ()), 1),
        (("workflow", "=", ("nightly",)), 1),
        (("is_decided", "=", ("false",)), 1),
        (("is_decided", "=", (True,)), 8),
        (("author_number", ">=", ("2",)), 3),
        (("author_number", "<", (1.5,)), 6),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_conditions(ask, where, count):
    assert only(ask("run_count", where=(Filter(*where),))).value == count


def test_conditions_hold_together(ask):
    both = (Filter("team", "=", ("checkout",)), Filter("workflow_name", "=", ("ci",)))
    assert only(ask("run_count", where=both)).value == 5


def test_order_and_limit(ask):
    found = ask("run_count", "success_ratio", by=("team",), order="-run_count", limit=2)
    assert [row.slices["team"] for row in found.rows] == ["checkout", "search"]
    found = ask("coverage_ratio", "run_count", by=("team",), order="coverage_ratio")
    assert [row.slices["team"] for row in found.rows] == ["search", "checkout", None]


@pytest.mark.parametrize("order", ["success_ratio", "-success_ratio"])
def test_too_few_observations_are_on_neither_end_of_an_order(ask, order):
    """One of one is no best team, and none of one no worst."""
    rows = ask("success_ratio", by=("team",), order=order).rows
    ranked = [(row.slices["team"], row.cells["success_ratio"].is_sufficient) for row in rows]
    assert ranked[0] == ("checkout", True)
    assert {is_sufficient for _, is_sufficient in ranked[1:]} == {False}
    assert len(ranked) > 2


def test_provenance_is_enough_to_run_it_again(ask, build, catalogue):
    found = ask("success_ratio", by=("team",))
    told = found.to_json()["provenance"]
    assert told["build_id"] == build.build_id
    assert told["data_as_of"] == "2026-03-31T20:00:00+00:00"
    assert told["gates"] == [{"gate": "raw", "passed": True, "warning_count": 0}]
    assert told["metrics"]["success_ratio"]["version"] == catalogue.metrics["success_ratio"].version
    [one] = told["statements"]
    assert one["sha256"] == hashlib.sha256(one["sql"].encode()).hexdigest()
    with duckdb.connect(str(build.file), read_only=True) as again:
        assert len(again.execute(one["sql"]).fetchall()) == len(found.rows)
    assert ask("success_ratio", by=("team",)).statements == found.statements


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "drop table core.fct_runs",
        "create table x as select 1",
        "select 1;;drop",
    ],
)
def test_one_statement_that_reads(connection, sql):
    with pytest.raises(TestopsError):
        fetch(connection, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "select * from 'https://example.org/x.csv'",
        "select getenv('HOME')",
    ],
)
def test_the_connection_reaches_nothing_else(connection, sql):
    with pytest.raises(TestopsError):
        fetch(connection, sql)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"metrics": ("succes_ratio",)}, "did you mean `success_ratio`"),
        ({"metrics": ("green rate",)}, "did you mean `success_ratio`"),
        ({"metrics": ("pass-rate",)}, "did you mean `success_ratio`"),
        ({"metrics": ("run_count",), "by": ("tem",)}, "did you mean `team`"),
        ({"metrics": ("run_count",), "by": ("is_complete",)}, "cannot be sliced by"),
        ({"metrics": ("run_count",), "order": "run_cuont"}, "did you mean `run_count`"),
        ({"metrics": ("run_count",), "window": "3 months"}, "write 30d, 12w or all"),
        ({"metrics": ("run_count",), "since": date(1, 1, 1)}, "is not between"),
        ({"metrics": ("run_count",), "grain": "year"}, "grain `year` is not known"),
        ({"metrics": ("run_count",), "limit": 0}, "1 or more"),
        ({"metrics": ("run_count",), "by": ("author_number",), "limit": 1}, "not ranked"),
        (
            {"metrics": ("run_count",), "by": ("author_number",), "order": "-run_count"},
            "not ranked",
        ),
        ({"metrics": ()}, "no metric was asked for"),
        ({"metrics": ("run_count",), "since": date(2026, 5, 1)}, "after the last day"),
        ({"metrics": ("run_count",), "since": date(2026, 3, 1), "window": "7d"}, "leave one out"),
        (
            {"metrics": ("run_count",), "where": (Filter("is_decided", "=", ("maybe",)),)},
            "no value of `is_decided`, which is boolean",
        ),
        (
            {"metrics": ("run_count",), "where": (Filter("author_number", "=", ("1e9999",)),)},
            "no value of `author_number`, which is number",
        ),
        (
            {"metrics": ("run_count",), "where": (Filter("team", "in", ()),)},
            "cannot have 0 values",
        ),
        (
            {"metrics": ("run_count",), "where": (Filter("is_decided", "<", ("true",)),)},
            "true or false",
        ),
    ],
)
def test_errors_name_the_thing_and_the_next_step(ask, question, said):
    with pytest.raises(UsageError, match=said):
        ask(*question.pop("metrics"), **question)
