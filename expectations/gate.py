"""Judge a build with one of the gates.

```
suites/raw.py ───────┐
                     ├─ run_gate ── one read-only DuckDB connection ── GateResult
suites/published.py ─┘
```

Run alone: `python -m expectations raw warehouse/build.duckdb`. Importing this module starts Great
Expectations, which takes ten seconds; `expectations.results` and `expectations.publishing` do not.
"""

import logging
import math
import time
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.datasource.fluent.interfaces import TestConnectionError

from expectations.engine import open_datasource
from expectations.publishing.copying import text
from expectations.results import SAMPLE_ROWS, ExpectationResult, GateResult
from expectations.suites import GateName, suite_of
from expectations.suites.definition import Expected

# It warns of every custom query that it does not know the database.
logging.getLogger("great_expectations").setLevel(logging.ERROR)

_OWNERS = {"fct_coverage_lines": ("fct_coverage_files", "coverage_file_key")}
"""Facts without a repository of their own: the fact that has it, and the key that leads there."""


def run_gate(
    name: GateName,
    database: Path,
    previous: Mapping[str, int] | None = None,
    readers: Path | None = None,
) -> GateResult:
    """Judge a database with every expectation of a gate.

    Args:
        name: `raw` for what the sources loaded, `published` for what readers would get.
        database: a DuckDB file that no other process has open for writing.
        previous: rows per table (`schema.table`) of the build that readers have now.
        readers: the file of that build.

    Returns:
        One result per expectation, in the order of the suites.

    Raises:
        ValueError: `name` is no gate.
        duckdb.Error: the file cannot be opened.
    """
    expected = suite_of(name)
    started = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute("create schema gate")
        connection.execute("create table gate.previous_rows (table_name varchar, row_count bigint)")
        if previous:
            connection.executemany(
                "insert into gate.previous_rows values (?, ?)",
                [list(item) for item in previous.items()],
            )
        connection.execute(f"attach {text(str(database))} as build (read_only)")
        _count_rows(connection, sorted(previous or {}))
        _count_repositories(connection, readers)
        datasource = open_datasource(connection, "build")
        judged = {
            result.expectation: result
            for table, group in groupby(
                sorted(expected, key=lambda item: item.table), key=lambda item: item.table
            )
            for result in _judge_table(datasource, table, list(group))
        }
    results = tuple(judged[item.name] for item in expected)
    return GateResult(gate=name, results=results, seconds=time.perf_counter() - started)


def _count_rows(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Make `gate.current_rows`: the rows of these tables now, of those that are still there.

    DuckDB knows them without reading; views would have to be made.
    """
    connection.execute("create table gate.current_rows (table_name varchar, row_count bigint)")
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'build'"
        " and list_contains(?, schema_name || '.' || table_name)",
        [names],
    ).fetchall()
    for schema, table in found:
        connection.execute(
            f'insert into gate.current_rows select ?, count(*) from build."{schema}"."{table}"',  # noqa: S608 - from the catalogue
            [f"{schema}.{table}"],
        )


def _count_repositories(connection: duckdb.DuckDBPyConnection, readers: Path | None) -> None:
    """Make `gate.repository_rows`: rows of each repository in each fact, for readers and now.

    Facts are those that both builds have with a column `repository`, and those of `_OWNERS`, whose
    rows are of the repository of what they belong to. Rows that nobody knows the repository of are
    in none: where they go is no loss. Empty without a build that readers have, and where that one
    cannot be opened: there is nothing to compare with.
    """
    connection.execute(
        "create table gate.repository_rows (table_name varchar, repository varchar,"
        " previous_row_count bigint, row_count bigint)"
    )
    if readers is None:
        return
    try:
        connection.execute(f"attach {text(str(readers))} as readers (read_only)")
    except duckdb.Error:
        return
    facts = connection.execute(
        "select table_name from duckdb_columns() where database_name in ('build', 'readers')"
        " and schema_name = 'core' and starts_with(table_name, 'fct_')"
        " and column_name = 'repository'"
        " group by table_name having count(*) = 2 order by table_name"
    ).fetchall()
    known = {table for (table,) in facts}
    rows = {table: f'core."{table}"' for table in sorted(known)}
    for table, (owner, key) in _OWNERS.items():
        if owner in known and _both_have(connection, table, key):
            rows[table] = f"core.{table} inner join {{0}}.core.{owner} using ({key})"
    for table, source in rows.items():
        before, now = (f"{build}.{source.format(build)}" for build in ("readers", "build"))
        connection.execute(
            f"""
            insert into gate.repository_rows
            select ?, repository, coalesce(before.n, 0), coalesce(now.n, 0)
            from (select repository, count(*) as n from {before} group by repository) as before
            full join (
                select repository, count(*) as n from {now} group by repository
            ) as now using (repository)
            where repository is not null
            """,  # noqa: S608 - from the catalogue
            [f"core.{table}"],
        )


def _both_have(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    [(count,)] = connection.execute(
        "select count(*) from duckdb_columns() where database_name in ('build', 'readers')"
        " and schema_name = 'core' and table_name = ? and column_name = ?",
        [table, column],
    ).fetchall()
    return int(count) == 2


def _judge_table(
    datasource: Any, table: str, expected: list[Expected]
) -> Iterable[ExpectationResult]:
    schema, _, name = table.partition(".")
    by_name = {item.name: item for item in expected}
    try:
        asset = datasource.add_table_asset(table, table_name=name, schema_name=schema)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        suite = gx.ExpectationSuite(name=table, expectations=[_built(item) for item in expected])
        validation = batch.validate(suite, result_format="COMPLETE")
    except (gx.exceptions.GreatExpectationsError, TestConnectionError) as error:
        return [_not_judged(item, f"`{table}` cannot be asked: {error}") for item in expected]
    return [
        _judged(by_name[result.expectation_config.meta["name"]], result)
        for result in validation.results
    ]


def _built(item: Expected) -> Any:
    kind = getattr(gxe, item.kind)
    severity = {"blocking": "critical", "warning": "warning"}[item.severity]
    return kind(**item.settings, severity=severity, meta={"name": item.name})


def _judged(item: Expected, result: Any) -> ExpectationResult:
    errors = _errors(result.exception_info)
    if errors:
        return _not_judged(item, errors[0])
    found = result.result
    rows = found.get("details", {}).get("unexpected_rows", [])
    observed = found.get("observed_value")
    return ExpectationResult(
        expectation=item.name,
        table=item.table,
        severity=item.severity,
        passed=bool(result.success),
        description=item.description,
        observed=_observed(observed, is_row_count="unexpected_rows" in found.get("details", {})),
        rows=tuple(
            {str(key): _json_value(value) for key, value in dict(row).items()}
            for row in rows[:SAMPLE_ROWS]
        ),
    )


def _not_judged(item: Expected, error: str) -> ExpectationResult:
    return ExpectationResult(
        expectation=item.name,
        table=item.table,
        severity=item.severity,
        passed=False,
        description=item.description,
        observed="could not be judged",
        error=error.splitlines()[0],
    )


def _errors(info: Mapping[str, Any] | None) -> list[str]:
    """Return the messages of what was raised; the library nests them by metric or not at all."""
    if not info:
        return []
    nested = [info] if "raised_exception" in info else list(info.values())
    return [str(item["exception_message"]) for item in nested if item.get("raised_exception")]


def _observed(value: Any, *, is_row_count: bool) -> str:
    if is_row_count:
        return "1 row" if value == 1 else f"{value} rows"
    return str(_json_value(value))


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    # JSON knows neither `nan` nor `inf`; one of them and nobody could read the whole file.
    return value if isinstance(value, float) and math.isfinite(value) else str(value)
