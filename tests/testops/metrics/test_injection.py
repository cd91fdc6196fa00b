"""Nothing that a user wrote is ever part of SQL but as a quoted value."""

import json
import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testops.errors import UsageError
from testops.metrics import Filter, Request, answer
from testops.metrics.definitions import BOOLEAN, DATE, NUMBER, TEXT, Dimension
from testops.metrics.request import literals, parse_where

HOSTILE = [
    "'",
    "''",
    "'; drop table core.fct_runs; --",
    "' or '1'='1",
    "x' union select * from core.dim_teams --",
    '"; drop table x; --',
    "a--b",
    "a/*b*/",
    "$$x$$",
    "\\'; drop table x; --",
    "e'\\x27'",
    "{{ Dimension('run__workflow_name') }}",
    "{% set x = 1 %}",
    "\u02bc; drop table x",
    "\u2028; select 1",
    "\u202e drop",
    "名前'",
    "a\nb",
    "chr(39)",
    ":1 ? $1 %s",
]
BROKEN = ["\0", "a\0b'; drop table x", "\ud800", "x" * 1001]


@pytest.fixture
def ask(connection, build, catalogue):
    return lambda **question: answer(
        connection, build, catalogue, Request(**{"metrics": ("run_count",), **question})
    )


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("operator", ["=", "!=", "in", "<"])
def test_hostile_values_are_values(ask, text, operator):
    found = ask(where=(Filter("team", operator, (text,)), Filter("workflow_name", "=", ("ci",))))
    [statement] = found.statements
    assert len(duckdb.extract_statements(statement.sql)) == 1
    assert "'" + text.replace("'", "''") + "'" in statement.sql
    if operator in ("=", "in"):
        assert found.rows[0].cells["run_count"].value is None


def test_a_hostile_value_that_is_there_is_found(connection, build, catalogue):
    name = "o'brien; drop table x --"
    [row] = connection.execute(
        "select count(*) from core.dim_teams where team_key = 't3'"
    ).fetchall()
    assert row == (1,)
    request = Request(("valid_lines",), where=(Filter("team", "=", (name,)),))
    assert answer(connection, build, catalogue, request).rows[0].cells["valid_lines"].value is None
    found = connection.execute(
        "select team_key from core.dim_teams where team = "
        + literals(request.where[0], catalogue.places("coverage")["team"].dimension)[0]
    ).fetchall()
    assert found == [("t3",)]


@pytest.mark.parametrize("text", BROKEN)
def test_values_that_are_no_text_are_refused(ask, text):
    with pytest.raises(UsageError, match="no value of `team`"):
        ask(where=(Filter("team", "=", (text,)),))


@pytest.mark.parametrize("text", [*HOSTILE, *BROKEN])
@pytest.mark.parametrize(
    "place",
    ["metrics", "by", "grain", "window", "order", "dimension", "operator", "number", "bool"],
)
def test_hostile_names_are_refused(ask, text, place):
    question = {
        "metrics": {"metrics": (text,)},
        "by": {"by": (text,)},
        "grain": {"grain": text},
        "window": {"window": text},
        "order": {"order": text},
        "dimension": {"where": (Filter(text, "=", ("x",)),)},
        "operator": {"where": (Filter("team", text, ("x",)),)},
        "number": {"where": (Filter("author_number", "=", (text,)),)},
        "bool": {"where": (Filter("is_decided", "=", (text,)),)},
    }[place]
    with pytest.raises(UsageError) as error:
        ask(**question)
    assert str(error.value).isprintable()


def dimension(kind):
    return Dimension("team", "team_name", "team", kind, "")


@settings(deadline=None)
@given(st.text())
def test_any_text_comes_back_from_the_database_as_it_was(text):
    condition = Filter("team", "=", (text,))
    try:
        [sql] = literals(condition, dimension(TEXT))
    except UsageError:
        assert "\0" in text or len(text) > 1000 or any("\ud800" <= c <= "\udfff" for c in text)
        return
    with duckdb.connect() as connection:
        assert connection.execute(f"select {sql}").fetchall() == [(text,)]


@settings(deadline=None)
@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.dates()))
def test_values_of_other_types_are_plain_literals(value):
    for kind, form in (
        (BOOLEAN, r"true|false"),
        (NUMBER, r"-?[0-9]+|cast\('-?[0-9.e+-]+' as double\)"),
        (DATE, r"date '[0-9]{4}-[0-9]{2}-[0-9]{2}'"),
    ):
        try:
            [sql] = literals(Filter("x", "=", (value,)), dimension(kind))
        except UsageError:
            continue
        assert re.fullmatch(form, sql)


@settings(deadline=None)
@given(st.text())
def test_any_condition_is_read_or_refused(text):
    try:
        condition = parse_where(text)
    except UsageError:
        return
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", condition.dimension)
    assert condition.operator in ("=", "!=", "<", "<=", ">", ">=", "in", "not in") or (
        condition.operator in ("is null", "is not null") and condition.values == ()
    )


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("team=checkout", Filter("team", "=", ("checkout",))),
        ("team = a = b", Filter("team", "=", ("a = b",))),
        ("team!=x", Filter("team", "!=", ("x",))),
        ("author_number>=2", Filter("author_number", ">=", ("2",))),
        ("team in a, b", Filter("team", "in", ("a", "b"))),
        ("team NOT  IN a", Filter("team", "not in", ("a",))),
        ("team is null", Filter("team", "is null")),
        ("team is not null", Filter("team", "is not null")),
        ("team=", Filter("team", "=", ("",))),
    ],
)
def test_conditions_as_people_write_them(text, condition):
    assert parse_where(text) == condition


@pytest.mark.parametrize("text", ["", "team", "=x", "team ~ x", "1=1", "a.b=c", "team is null x"])
def test_conditions_that_are_none(text):
    with pytest.raises(UsageError):
        parse_where(text)


def test_answers_are_json(ask):
    found = ask(by=("team",), grain="week", compare=True).to_json()
    assert json.loads(json.dumps(found, default=str))["rows"][0]["metrics"]["run_count"]["n"] == 4
