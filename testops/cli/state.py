"""`testops status` in the terminal."""

from typing import Any

from testops.cli.output import console, number, print_json, table
from testops.reports.state import State, read_state
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
    out.print(_sources(state))
    if state.rejected:
        out.print(
            table(
                "In quarantine",
                ["source", "class", "files", "example", "reason"],
                [
                    [
                        r["source"],
                        r["error_class"],
                        number(r["file_count"]),
                        r["example"],
                        r["reason"],
                    ]
                    for r in state.rejected[:10]
                ],
                right=["files"],
            )
        )
    shown = {name: count for name, count in state.tables.items() if count}
    out.print(
        table(
            "Published tables",
            ["table", "rows"],
            [[name, number(count)] for name, count in sorted(shown.items())],
            right=["rows"],
        )
    )


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


def _sources(state: State) -> Any:
    columns = list(state.sources[0]) if state.sources else ["source"]
    return table(
        "Sources",
        columns,
        [[_cell(row[name]) for name in columns] for row in state.sources],
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value, 0 if isinstance(value, int) else 1)
    return str(value)
