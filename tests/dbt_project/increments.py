"""Inputs of tables that grow, made by hand, and the statements that dbt sends for an increment."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb

CASES = "raw_test_results.cases"
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")


class Change(NamedTuple):
    """A row with these keys gets these values, keeps its others or is new; without it goes away.

    Keys that only the models know are `found` by a query.
    """

    table: str
    keys: dict
    values: dict | None
    copies: int


def case_load(report: str, day: str, index: int, suite: int, copies: int) -> Change:
    """A case of a load. Copies are of a load that was cut off and taken up again."""
    keys = {"report_id": report, "loaded_at": day, "case_index": index, "suite_index": suite}
    values = {
        "suite_path": f"suite_{suite}",
        "class_name": None if index == 2 else "tests.shop",
        "name": f"test_{index}",
        "status": "failed" if day == DAYS[1] else "passed",
        "failure_message": None if suite else f"of {day}",
        "duration_seconds": None if index == 3 else 0.5 * index,
        "retry_index": suite,
        "is_final": None if suite else True,
    }
    return Change(CASES, keys, values, copies)


@dataclass
class Increments:
    """A warehouse without dbt.

    Attributes:
        connection: on the build file, whose tables are changed.
        statements: what dbt sends for an increment, by model in dbt's order.
        whole: the query that makes the table as a whole, by model.
        rows: what is put into the tables, by table.
        kept: what was there at the begin.
    """

    connection: duckdb.DuckDBPyConnection
    statements: dict[str, list[str]]
    whole: dict[str, str]
    rows: dict[str, list[dict]] = field(default_factory=dict)
    kept: dict[str, list[dict]] = field(default_factory=dict)

    def make(self, change: Change) -> None:
        if "found" in change.keys:
            self.write()
            found = self.connection.execute(f"select distinct {change.keys['found']}")
            names = [column[0] for column in found.description]
            for values in found.fetchall():
                keys = dict(zip(names, values, strict=True))
                self.make(change._replace(keys=keys))
            return
        rows = self.rows.setdefault(change.table, [])
        found = [row for row in rows if change.keys.items() <= row.items()]
        kept = [row for row in rows if row not in found]
        if change.values is not None:
            known = found[0] if found else self._new(change.table)
            kept += [known | change.keys | change.values] * change.copies
        self.rows[change.table] = kept

    def _new(self, table: str) -> dict:
        columns = self.connection.execute(f"from {table} limit 0").description
        return {"loaded_at": DAYS[0]} if "loaded_at" in {name for name, *_ in columns} else {}

    def write(self, tables: Sequence[str] = ()) -> None:
        """Put the rows into these tables, or into all, and nothing else."""
        for table in tables or self.rows:
            rows = self.rows[table]
            self.connection.execute(f"delete from {table}")
            names = sorted({name for row in rows for name in row})
            marks = ", ".join(f"({', '.join('?' * len(names))})" for _ in rows)
            if rows:
                self.connection.execute(
                    f"insert into {table} ({', '.join(names)}) values {marks}",
                    [row.get(name) for row in rows for name in names],
                )

    def run(self, models: Sequence[str] = ()) -> None:
        """Send the statements of these models, or of all."""
        for model in models or self.statements:
            for statement in self.statements[model]:
                self.connection.execute(statement)

    def keep(self) -> None:
        """Remember the tables as they are."""
        self.kept = {table: list(rows) for table, rows in self.rows.items()}
        for model in self.statements:
            self.connection.execute(f"create temp table {model}_kept as from intermediate.{model}")

    def begin(self) -> None:
        """Have the tables again as they were kept."""
        self.rows = {table: list(rows) for table, rows in self.kept.items()}
        for model in self.statements:
            self.connection.execute(f"delete from intermediate.{model}")
            self.connection.execute(f"insert into intermediate.{model} from {model}_kept")

    def differences(self, models: Sequence[str] = ()) -> dict[str, tuple[Counter, Counter]]:
        """Rows that stand only in the table, and only in what would be made as a whole."""
        found = {}
        for model in models or self.whole:
            whole = self.whole[model]
            table = f"from intermediate.{model}"
            made, wanted = (
                Counter(self.connection.execute(sql).fetchall()) for sql in (table, whole)
            )
            if made != wanted:
                found[model] = (made - wanted, wanted - made)
        return found


def sent(output: str) -> dict[str, list[str]]:
    """What dbt sent for each model to change something, from its log."""
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        if line.startswith("{") and (event := json.loads(line))["info"]["name"] == "SQLQuery":
            model = event["data"].get("node_info", {}).get("node_name")
            statement = event["data"]["sql"].partition("*/")[2].strip()
            if model and not statement.startswith("select"):
                found.setdefault(model, []).append(statement)
    return found
