"""`testops status` in the terminal."""

from datetime import datetime
from typing import Any

from testops.cli.output import console, number, print_json, show_table
from testops.reports.state import read_state
from testops.settings import settings


def show_status(*, json_output: bool) -> None:
    """Print the state of the warehouse."""
    state = read_state(settings())
    if json_output:
        print_json(state.to_json())
        return
    out = console()
    out.print(f"Build       {state.build_id}, published {state.made_at}", markup=False)
    out.print(f"Data as of  {state.data_as_of or '–'}", markup=False)
    out.print(f"Gates       {gates_line(state.gates)}", markup=False)
    if state.is_stale and state.last_attempt:
        out.print(
            f"Stale       the run of {state.last_attempt.get('at')} did not publish: "
            f"{state.last_attempt.get('error') or state.last_attempt.get('status')}",
            markup=False,
        )
        for check in state.last_attempt.get("failing", [])[:10]:
            out.print(f"  {failing_line(check)}", markup=False)
    out.print()
    counts = ["seen", "partial", "rejected", "rows"]
    show_table(
        out,
        "Sources, as of their last load",
        ["source", "mode", "last load", "new rows", "read up to", *counts],
        [_source(row) for row in state.sources],
        right=counts,
    )
    if state.rejected:
        show_table(
            out,
            "In quarantine",
            ["source", "class", "files", "example", "reason"],
            [_rejected(row) for row in state.rejected[:10]],
            right=["files"],
        )
    shown = sorted((name, count) for name, count in state.tables.items() if count)
    lines = [[name, number(count)] for name, count in shown]
    show_table(out, "Published tables that hold rows", ["table", "rows"], lines, right=["rows"])


def gates_line(gates: list[dict[str, Any]]) -> str:
    """One line: every gate with its verdict and counts."""
    if not gates:
        return "none judged"
    return " · ".join(
        f"{gate.get('gate')} {'passed' if gate.get('passed') else 'FAILED'}"
        f" ({gate.get('expectation_count')} expectations, {gate.get('warning_count', 0)} warnings)"
        for gate in gates
    )


def failing_line(check: dict[str, Any]) -> str:
    """One line: which expectation failed on which table, and what was seen."""
    return (
        f"{check.get('gate')}: {check.get('expectation')} on {check.get('table')}, "
        f"observed {check.get('observed')}"
    )


def _source(row: dict[str, Any]) -> list[str]:
    return [
        row["source"],
        row["mode"],
        _minute(row["finished_at"]),
        _minute(row["last_new_at"]),
        _minute(row["cursor_at"]),
        number(row["seen_count"]),
        number(row["partial_count"]),
        number(row["rejected_count"]),
        number(row["total_row_count"]),
    ]


def _rejected(row: dict[str, Any]) -> list[str]:
    return [
        row["source"],
        row["error_class"],
        number(row["file_count"]),
        row["example"],
        row["reason"],
    ]


def _minute(moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
