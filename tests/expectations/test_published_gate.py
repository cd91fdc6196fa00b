"""Gate 2: content with a healthy build, and every expectation fails for its own reason."""

import shutil
from pathlib import Path

import duckdb
import pytest

from expectations.gate import run_gate
from expectations.suites import published

# What breaks each expectation, and only that one.
BREAKS = {
    "repositories_are_there": "delete from core.dim_repositories",
    **{
        f"{published._short(table)}_are_there": f"delete from {table}"
        for table in published.FACTS_OF_RAW
    },
    **{
        f"{published._short(table)}_keep_their_rows": f"""
            create temp table kept as
            select * from {table} using sample reservoir(85%) repeatable(1);
            delete from {table};
            insert into {table} select * from kept
        """
        for table in published.FACTS_OF_RAW
    },
    "repositories_do_not_vanish": """
        delete from core.fct_commits where repository = 'o/small';
        delete from core.fct_test_results where repository = 'o/small'
    """,
    "facts_of_repositories_stay": """
        delete from core.fct_test_results where repository = 'o/small'
    """,
    "tables_are_not_emptied": "delete from marts.mart_test__results_daily",
    "test_results_find_their_run": """
        update core.fct_test_results set workflow_run_attempt_key = null where rowid < 100
    """,
    "test_results_have_a_team": """
        update core.fct_test_results set team_key = null where rowid < 250
    """,
    "sources_are_told": "delete from marts.mart_quality__sources where source = 'coverage'",
    "metrics_are_possible": "update marts.mart_delivery__dora set metric_value = 1.5",
    "coverage_keeps_up_with_runs": """
        update marts.mart_coverage__commits set commit_at = commit_at - interval 20 day
    """,
    "coverage_is_no_leap": """
        update marts.mart_coverage__commits set coverage_change_ratio = -0.3
    """,
    "test_pass_ratio_is_no_leap": """
        update marts.mart_test__results_daily set passed_count = 10
        where run_created_date >= (
            select max(run_created_date) - 6 from marts.mart_test__results_daily
        )
    """,
    "durations_are_plausible": """
        update core.fct_workflow_run_attempts set duration_seconds = -5 where run_id = 3
    """,
    "test_results_keep_up_with_runs": """
        update core.fct_test_results set run_created_at = run_created_at - interval 10 day
    """,
    "success_ratio_is_no_leap": """
        update marts.mart_pipeline__workflow_runs_daily set success_count = 1
        where run_created_date >= (
            select max(run_created_date) - 6 from marts.mart_pipeline__workflow_runs_daily
        )
    """,
}


def _rows(path: Path) -> dict[str, int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where schema_name in ('core', 'marts')"
        ).fetchall()
        return {
            table: connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            for (table,) in tables
        }


def _copy(path: Path) -> Path:
    return Path(shutil.copyfile(path, path.with_name("readers.duckdb")))


def _fails(path: Path, readers: Path, *statements: str) -> set[str]:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    gate = run_gate("published", path, None, readers)
    return {result.expectation for result in gate.results if not result.passed}


def test_rows_under_a_new_name_did_not_vanish(whole_build: Path) -> None:
    renamed = "update core.{} set repository = 'o/tiny' where repository = 'o/small'"
    commits, results = renamed.format("fct_commits"), renamed.format("fct_test_results")
    assert _fails(whole_build, _copy(whole_build), commits, results) == set()
    # Readers have 23 rows of it: 20 under the new name are too few, 21 are nine tenths.
    fewer = "delete from core.fct_commits where repository = 'o/tiny' and sha >= '{}'"
    assert _fails(whole_build, whole_build.with_name("readers.duckdb"), fewer.format("a1")) == set()
    assert _fails(whole_build, whole_build.with_name("readers.duckdb"), fewer.format("a0")) == {
        "repositories_do_not_vanish"
    }


def test_nineteen_rows_of_a_kind_may_go(whole_build: Path) -> None:
    with duckdb.connect(str(whole_build)) as connection:
        connection.execute("delete from core.fct_test_results where rowid = 400")
    gone = "delete from core.fct_test_results where repository = 'o/small'"
    assert _fails(whole_build, _copy(whole_build), gone) == set()


def test_lines_of_coverage_are_of_the_repository_of_their_file(whole_build: Path) -> None:
    with duckdb.connect(str(whole_build)) as connection:
        connection.execute("""
            create or replace table core.fct_coverage_files as
            select * from (values ('s', 'o/small'), ('l', 'o/large'), ('n', null))
                as files (coverage_file_key, repository);
            create or replace table core.fct_coverage_lines as
            select
                case when i < 20 then 's' when i < 40 then 'n' else 'l' end as coverage_file_key,
                i as line
            from range(1000) as lines (i)
        """)
    gone = "delete from core.fct_coverage_lines where coverage_file_key = '{}'"
    readers = _copy(whole_build)
    # Of whom the lines were that went nobody knows: they may be those of a repository now.
    assert _fails(whole_build, readers, gone.format("n")) == set()
    assert _fails(whole_build, readers, gone.format("s")) == {"facts_of_repositories_stay"}


def test_readers_with_a_file_that_cannot_be_opened_are_not_compared_with(whole_build: Path) -> None:
    readers = whole_build.with_name("readers.duckdb")
    readers.write_text("no database")
    gone = "delete from core.fct_commits where repository = 'o/small'"
    assert _fails(whole_build, readers, gone) == set()


def test_healthy_build_passes(whole_build: Path) -> None:
    gate = run_gate("published", whole_build, _rows(whole_build), _copy(whole_build))
    assert [(r.expectation, r.observed, r.error) for r in gate.results if not r.passed] == []


def test_every_expectation_is_broken_once() -> None:
    assert {expected.name for expected in published.EXPECTATIONS} == set(BREAKS)


@pytest.mark.parametrize("name", BREAKS)
def test_expectation_fails_alone(name: str, whole_build: Path) -> None:
    # A table that is empty has lost its rows as well, if there were any before.
    previous = {} if name.endswith("_are_there") else _rows(whole_build)
    readers = _copy(whole_build) if previous else None
    with duckdb.connect(str(whole_build)) as connection:
        connection.execute(BREAKS[name])
    gate = run_gate("published", whole_build, previous, readers)
    failed = {result.expectation: result for result in gate.results if not result.passed}
    assert set(failed) == {name}
    severity = next(e.severity for e in published.EXPECTATIONS if e.name == name)
    assert failed[name].severity == severity
    assert failed[name].error is None
    assert gate.passed == (severity == "warning")


def test_authors_switched_off_and_tables_of_older_models_are_no_loss(whole_build: Path) -> None:
    with duckdb.connect(str(whole_build)) as connection:
        connection.execute("create table core.dim_authors (author_key varchar)")
    previous = _rows(whole_build) | {"core.dim_authors": 300, "marts.mart_renamed": 300}
    assert run_gate("published", whole_build, previous).passed


def test_first_build_has_nothing_to_lose(whole_build: Path) -> None:
    assert run_gate("published", whole_build).passed
