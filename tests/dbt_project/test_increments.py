"""An increment ends in the rows of a full refresh, whatever came late, twice or not at all.

dbt makes the tables twice: as a whole, then as an increment. The statements that it sent for the
increment are taken down and sent again, without dbt, after each step of random histories of what
the tables are made of.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.dbt_project.conftest import PROJECT, Warehouse, place
from tests.dbt_project.increment_inputs import (
    BEGIN,
    FILES,
    INPUTS,
    JOBS,
    LATER_TRY,
    LINES,
    LINKS,
    MODELS,
    OTHERS,
    READ,
    RERUN,
    RETRIED,
    STATE,
    STATES,
    STEPS,
    SYSTEMS,
)
from tests.dbt_project.increments import CASES, DAYS, Change, Increments, case_load, sent

EXAMPLES = int(os.environ.get("TESTOPS_FUZZ_EXAMPLES", "50"))
IS_FIXED = "TESTOPS_FUZZ_EXAMPLES" not in os.environ


@dataclass
class Built:
    """Made by dbt as a whole, with one test in it; then once more as an increment."""

    warehouse: Warehouse
    statements: dict[str, list[str]]
    whole: dict[str, str]

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(self.warehouse.home / "build.duckdb")
        connection.execute("set timezone = 'UTC'")
        return connection


@pytest.fixture(scope="module")
def built(make_warehouse: Callable[..., Warehouse]) -> Built:
    warehouse = make_warehouse()
    change = case_load("a", DAYS[0], 0, 0, 1)
    warehouse.load(CASES, {**change.keys, **change.values})
    report = {"report_id": "a", "locator": "a.xml", "content_sha256": "a", "parse": "ok"}
    warehouse.load("raw_test_results.reports", report)
    select = [f"+{model}" for model in MODELS]
    warehouse.dbt(
        "build", "--resource-type", "seed", "--resource-type", "model", "--select", *select
    )
    whole = {
        node["name"]: node["compiled_code"]
        for node in warehouse.manifest()["nodes"].values()
        if node["config"]["materialized"] == "incremental"
    }
    assert set(whole) == set(MODELS), "every model that grows is tried here"
    with duckdb.connect(warehouse.home / "build.duckdb") as connection:
        connection.execute(f"update {LINKS} set repository = 'shop', is_duplicate = false")
    warehouse.load(LINES, {"report_id": "a", "file_index": 0, "line": 1, "hits": 1})
    warehouse.load(
        FILES,
        {"report_id": "a", "file_index": 0, "repository": "shop", "head_sha": "k", "path": "x.py"},
    )
    logged = ("--log-format", "json", "--log-level", "debug", "--threads", "1")
    # With their views, as every night: DuckDB tells another text of a view when it reads it again.
    views = [f"+{model},config.materialized:view" for model in MODELS]
    found = sent(warehouse.dbt("run", *logged, "--select", *MODELS, *views))
    statements = {model: found[model] for model in MODELS}
    assert not any("create or replace table" in "".join(sql) for sql in statements.values())
    return Built(warehouse, statements, whole)


# Statements with another meaning, of which no hash of rows tells: of a table itself, and of a view.
CHANGES = {
    "coverage/int_coverage_lines_merged": (
        "max(lines.hits) as hits",
        "max(lines.hits) + 1 as hits",
    ),
    "test/int_test_reports_read": (
        "        reports.repository,\n",
        "        upper(reports.repository) as repository,\n",
    ),
}


def test_a_changed_statement_makes_the_whole_table_anew(built, tmp_path):
    """Of the model, of a view below it, and of a table below it that is made by groups itself."""
    repositories = [
        "select repository from intermediate.int_test_cases_identified",
        "select repository from intermediate.int_test_tries_placed",
        "select repository from intermediate.int_test_results_judged",
    ]
    hits = "select hits from intermediate.int_coverage_lines_merged"
    found = [built.warehouse.rows(sql) for sql in (*repositories, hits)]
    assert found == [[("shop",)], [("shop",)], [("shop",)], [(1,)]]
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(place() / "target", project / "target")
    for name, (before, after) in CHANGES.items():
        path = project / "models" / "intermediate" / f"{name}.sql"
        text = path.read_text("utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), "utf-8")
    with built.connect() as connection:
        [[view]] = connection.execute(
            "select sql from duckdb_views() where view_name = 'int_test_reports_read'"
        ).fetchall()
    changed = replace(built.warehouse, project=project)
    changed.dbt("run", "--select", "int_test_reports_read", *MODELS)
    found = [built.warehouse.rows(sql) for sql in (*repositories, hits)]
    assert found == [[("SHOP",)], [("SHOP",)], [("SHOP",)], [(2,)]]
    with built.connect() as connection:
        connection.execute(view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
        for model in MODELS:
            connection.execute(f"delete from intermediate.{model}")


@pytest.fixture
def increments(built: Built) -> Iterator[Increments]:
    with built.connect() as connection:
        increments = Increments(connection, built.statements, built.whole)
        increments.rows = {table: [] for table in INPUTS}
        for change in BEGIN:
            increments.make(change)
        increments.write()
        increments.run()
        increments.make(Change(STATES, {"found": STATE}, {"failure_count": 1, "pass_count": 1}, 1))
        increments.write()
        increments.run()
        increments.keep()
        yield increments


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=IS_FIXED,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(history=[([LATER_TRY], len(MODELS))])
@example(history=[(RETRIED, len(MODELS))])
@example(history=[(RERUN, len(MODELS))])
@example(history=[([change], len(MODELS)) for change in RERUN])
@example(history=[([system], len(MODELS)) for system in SYSTEMS])
@example(history=[([Change(JOBS, {"job_attempt_key": "k"}, {"environment": "l"}, 1)], 4)])
@example(history=[([Change(LINKS, {"report_id": "a"}, None, 0)], 1)])
@given(history=st.lists(STEPS, min_size=1, max_size=2))
def test_increments_end_in_the_rows_of_a_full_refresh(increments, history):
    increments.begin()
    for changes, models in history:
        for change in changes:
            increments.make(change)
        increments.write()
        if models:
            increments.run(list(increments.statements)[:models])
    if models < len(MODELS):
        increments.run()
    assert increments.differences() == {}


@pytest.mark.parametrize("model", MODELS)
def test_each_value_that_is_read_is_in_made_of(increments, model):
    """Alone it is seen; what it then makes is compared with the whole."""
    for (table, key, name), others in OTHERS.items():
        for column, value in others.items() if table in READ[model] else ():
            increments.begin()
            rows = increments.rows[table]
            number = next(i for i, row in enumerate(rows) if row.get(key) == name)
            rows[number] = rows[number] | {column: value}
            increments.write([table])
            increments.run([model])
            assert increments.differences([model]) == {}, (table, column, "is not in `made_of`")
            increments.rows = {table: increments.kept[table]}
            increments.write([table])


def test_a_failure_in_another_report_of_the_run_is_seen(increments):
    increments.begin()
    retried = {"retry_index": 1, "is_final": True, "status": "passed"}
    increments.make(Change(CASES, {"report_id": "c", "case_index": 0}, retried, 1))
    increments.write()
    increments.run()
    increments.make(Change(CASES, {"report_id": "a", "case_index": 0}, {"status": "failed"}, 1))
    increments.write()
    increments.run()
    assert increments.differences() == {}
    passes = increments.connection.execute(
        "select report_id, case_index from intermediate.int_test_results_judged where is_retry_pass"
    )
    assert passes.fetchall() == [("c", 0)]


def test_a_retry_of_the_job_in_another_report_is_seen(increments):
    replaced = (
        "select report_id, case_index from intermediate.int_test_results_judged"
        " where is_final and not is_final_in_attempt order by 1, 2"
    )
    increments.begin()
    assert increments.connection.execute(replaced).fetchall() == []
    for change in RETRIED:
        increments.make(change)
    increments.write()
    increments.run()
    assert increments.differences() == {}
    assert increments.connection.execute(replaced).fetchall() == [("a", 0), ("a", 1)]


def test_a_run_of_the_failures_alone_in_another_report_is_seen(increments):
    judged = (
        "select report_id, case_index, is_final, is_final_in_attempt, is_retry_pass"
        " from intermediate.int_test_results_judged where report_id in ('a', 'c') order by 1, 2"
    )
    increments.begin()
    for change in RERUN:
        increments.make(change)
        increments.write()
        increments.run()
    assert increments.differences() == {}
    assert increments.connection.execute(judged).fetchall() == [
        ("a", 0, False, False, False),
        ("a", 1, True, True, False),
        ("c", 0, True, True, True),
    ]
