"""`testops status` in the terminal."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from testops.cli.output import console, counted, number, print_json, show_table, to_the_second
from testops.errors import NothingPublishedError
from testops.reports.state import EXPECTED_WITHIN, State, last_attempt, read_state
from testops.settings import settings

if TYPE_CHECKING:
    from rich.console import Console

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MEGABYTE = 1_000_000
_MOST_FAILING = 10


def show_status(*, json_output: bool, max_age_hours: float | None = None) -> None:
    """Print the state of the warehouse.

    Args:
        json_output: as one JSON object.
        max_age_hours: how long ago a run may have ended well; None: it is only told.

    Raises:
        NothingPublishedError: there is no build; what came of the last run was printed.
        typer.Exit: with 1, after all was printed: no run has ended well for longer than asked for.
    """
    current = settings()
    within = EXPECTED_WITHIN if max_age_hours is None else timedelta(hours=max_age_hours)
    try:
        state = read_state(current, within=within)
    except NothingPublishedError as error:
        attempt = last_attempt(current)
        if attempt is None or attempt.get("passed", True):
            raise
        if not json_output:
            _show_failing(console(), attempt.get("failing", []))
        raise NothingPublishedError(
            f"{error}; {_unpublished(attempt)}", {"last_attempt": attempt}
        ) from None
    if json_output:
        print_json(state.to_json())
    else:
        _show(state)
    if max_age_hours is not None and state.is_overdue:
        raise typer.Exit(1)


def _show(state: State) -> None:
    out = console()
    out.print(f"Build       {state.build_id}, published {state.made_at}", markup=False)
    out.print(f"Data as of  {to_the_second(state.data_as_of)}", markup=False)
    out.print(f"Gates       {gates_line(state.gates)}", markup=False)
    _show_failing(out, state.warnings)
    if state.is_overdue:
        out.print(f"Overdue     {_overdue(state)}", markup=False)
    if state.is_stale and state.last_attempt:
        out.print(
            f"Stale       {_unpublished(state.last_attempt)}",
            markup=False,
        )
        _show_failing(out, state.last_attempt.get("failing", []))
    out.print()
    counts = ["lag", "seen", "loaded", "partial", "rejected", "rows", "MB", "seconds"]
    show_table(
        out,
        "Sources, as of their last load",
        ["source", "mode", "last load", *counts],
        [_source(row) for row in state.sources],
        right=counts,
    )
    if state.rejected:
        show_table(
            out,
            "In quarantine",
            ["source", "class", "files", "rows", "example", "reason"],
            [_rejected(row) for row in top_reasons(state.rejected)],
            right=["files", "rows"],
        )
    drift = [row for row in state.drift if row["is_in_newest_load"]]
    if drift:
        show_table(
            out,
            "Fields that are not as usual in the newest load",
            ["source", "object", "field", "drift", "was", "is", "in a column", "since"],
            [_drift(row) for row in drift[:10]],
        )
    shown = sorted((name, count) for name, count in state.tables.items() if count)
    lines = [[name, number(count)] for name, count in shown]
    show_table(out, "Published tables that hold rows", ["table", "rows"], lines, right=["rows"])


def top_reasons(rejected: list[dict[str, Any]], per_source: int = 3) -> list[dict[str, Any]]:
    """The most frequent reasons of every source, so that no source hides another one's."""
    taken: dict[str, int] = {}
    shown = []
    for row in rejected:
        taken[row["source"]] = taken.get(row["source"], 0) + 1
        if taken[row["source"]] <= per_source:
            shown.append(row)
    return shown


def gates_line(gates: list[dict[str, Any]]) -> str:
    """One line: every gate with its verdict and counts."""
    if not gates:
        return "none judged"
    return " · ".join(
        f"{gate.get('gate')} {'passed' if gate.get('passed') else 'FAILED'}"
        f" ({counted(gate.get('expectation_count'), 'expectation')},"
        f" {counted(gate.get('warning_count', 0), 'warning')})"
        for gate in gates
    )


def _overdue(state: State) -> str:
    return (
        f"no run has ended well for {_lag(state.seconds_since_success)}, since"
        f" {to_the_second(state.succeeded_at)}; is it still started every night?"
    )


def _unpublished(attempt: dict[str, Any]) -> str:
    reason = attempt.get("error") or str(attempt.get("status")).replace("_", " ")
    return f"the run of {attempt.get('at')} did not publish: {reason}"


def _show_failing(out: "Console", failing: list[dict[str, Any]]) -> None:
    """Print every expectation that failed, with the rows that it was not met by."""
    for check in failing[:_MOST_FAILING]:
        out.print(f"  {failing_line(check)}", markup=False)
        if check.get("description"):
            out.print(f"    expected: {check['description']}", markup=False)
        rows = check.get("rows") or []
        if rows:
            columns = list(dict.fromkeys(name for row in rows for name in row))
            cells = [[_text(row.get(name)) for name in columns] for row in rows]
            show_table(out, f"    {len(rows)} of its rows", columns, cells)


def _text(value: object) -> str:
    return "–" if value is None else str(value)


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
        _lag(row["lag_seconds"]),
        number(row["seen_count"]),
        number(row["loaded_count"]),
        number(row["partial_count"]),
        number(row["rejected_count"]),
        number(row["total_row_count"]),
        f"{(row['byte_count'] or 0) / _MEGABYTE:.1f}",
        f"{row['duration_seconds'] or 0:.1f}",
    ]


def _rejected(row: dict[str, Any]) -> list[str]:
    return [
        row["source"],
        row["error_class"],
        number(row["file_count"]),
        number(row["row_count"]),
        row["example"] or "–",
        row["reason"],
    ]


def _drift(row: dict[str, Any]) -> list[str]:
    return [
        row["source"],
        row["object_kind"],
        row["field_path"],
        row["drift_kind"].replace("_", " "),
        row["usual_type"] or "–",
        row["example_type"] or "–",
        "yes" if row["is_read"] else "no",
        _minute(row["first_seen_at"]),
    ]


def _lag(seconds: float | None) -> str:
    """A lag in the largest unit that fits twice: 90 min, 36 h, 12 d."""
    if seconds is None:
        return "–"
    for unit, name in ((_DAY, "d"), (_HOUR, "h")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / _MINUTE:.0f} min"


def _minute(moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
