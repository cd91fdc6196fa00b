"""What every command shares: the console, JSON, and errors as messages with exit codes."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

import typer

from testops.errors import TestopsError

if TYPE_CHECKING:
    from rich.console import Console

# Piped output has no terminal width; wide enough that no number is cut.
_PIPED_WIDTH = 120
# Text may be folded to so many letters before a table is told line by line instead.
_NARROWEST_TEXT = 10
_GAP = 3


def console() -> "Console":
    """A console that writes plain text when there is no terminal or `NO_COLOR` is set."""
    from rich.console import Console

    class Plain(Console):
        """A console that leaves it to us what a closed pipe means."""

        def on_broken_pipe(self) -> None:
            raise

    if not sys.stdout.isatty():
        return Plain(highlight=False, width=_PIPED_WIDTH, no_color=True, force_terminal=False)
    if os.environ.get("NO_COLOR"):
        return Plain(highlight=False, no_color=True, force_terminal=False)
    return Plain(highlight=False)


def print_json(value: object) -> None:
    """Write one JSON document to standard output."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


@contextmanager
def guarded(json_output: bool) -> Iterator[None]:
    """Turn an expected error into its message and exit code; a closed pipe ends quietly."""
    try:
        yield
    except TestopsError as error:
        if json_output:
            print_json({**error.details, "error": str(error)})
        sys.stderr.write(f"testops: {error}\n")
        raise typer.Exit(error.exit_code) from None
    except BrokenPipeError:
        # The reader has gone (`| head`); writing what is buffered would only fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def show_table(
    out: "Console",
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[str] = (),
) -> None:
    """Print a title and a table below it; the columns named in `right` are right-aligned.

    Numbers are never broken. Where the screen is too narrow for them, each row is told line by
    line.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out.print(Text(title, style="bold"))
    widths = [_longest(column, [row[at] for row in rows]) for at, column in enumerate(columns)]
    is_number = [column in right for column in columns]
    least = [
        width if number else min(width, _NARROWEST_TEXT)
        for width, number in zip(widths, is_number, strict=True)
    ]
    if sum(least) + _GAP * (len(least) - 1) > out.width:
        _tell(out, columns, rows)
        return
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column, width, number in zip(columns, widths, is_number, strict=True):
        made.add_column(
            column,
            justify="right" if number else "left",
            overflow="fold",
            min_width=width if number else None,
        )
    for row in rows:
        # Cells are foreign text: brackets in a test's name are no markup.
        made.add_row(*(Text(cell) for cell in row))
    out.print(made)
    out.print()


def _longest(heading: str, cells: Sequence[str]) -> int:
    """Return the width of the longest line; a heading may be folded between its words."""
    from rich.cells import cell_len

    lines = [line for cell in cells for line in cell.splitlines()]
    return max(map(cell_len, [*heading.split(), *lines]), default=0)


def _tell(out: "Console", columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print each row as lines of column and value."""
    from rich.text import Text

    width = max(map(len, columns))
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            out.print(Text(f"{column:>{width}}  {' · '.join(cell.splitlines())}"))
        out.print()


def number(value: float | None, digits: int = 0) -> str:
    """A number for people; what was not observed is a dash, never a zero."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    """A ratio (0–1) for people, as a percentage."""
    return "–" if value is None else f"{100 * value:.1f} %"


def duration(seconds: float | None) -> str:
    """Seconds for people, in the unit that fits."""
    if seconds is None:
        return "–"
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if abs(seconds) < limit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds / 86_400:.1f} d"
