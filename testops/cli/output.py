"""What every command shares: the console, JSON, and errors as messages with exit codes."""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

import typer

from testops.errors import TestopsError

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

# Piped output has no terminal width; wide enough that no number is cut.
_PIPED_WIDTH = 120
# Text may be folded to so many letters before a table is told line by line instead.
_NARROWEST_TEXT = 10
# Names up to so many letters stay whole where the screen has room for them.
_WHOLE_NAME = 24
_GAP = 2


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

    Numbers are never broken, and names only where there is no room for all of them. Where the
    screen is too narrow for the numbers, each row is told line by line.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out.print(Text(title, style="bold"))
    least, whole, most = [], [], []
    for at, column in enumerate(columns):
        cells = [row[at] for row in rows]
        line = _longest(column.split(), (line for cell in cells for line in cell.splitlines()))
        name = _longest(column.split(), (word for cell in cells for word in cell.split()))
        least.append(line if column in right else min(line, _NARROWEST_TEXT))
        whole.append(line if column in right else max(least[-1], min(name, _WHOLE_NAME)))
        most.append(_longest([column], [" " * line]))
    room = out.width - _GAP * (len(columns) - 1)
    if sum(least) > room:
        _tell(out, columns, rows)
        return
    widths = _shared(whole if sum(whole) <= room else least, most, room)
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        justify: JustifyMethod = "right" if column in right else "left"
        made.add_column(column, justify=justify, overflow="fold", width=width)
    for row in rows:
        # Cells are foreign text: brackets in a test's name are no markup.
        made.add_row(*(Text(cell) for cell in row))
    out.print(made)
    out.print()


def _longest(heading: Sequence[str], parts: Iterable[str]) -> int:
    """Return the width of the longest part, those of the heading too."""
    from rich.cells import cell_len

    return max(map(cell_len, [*heading, *parts]), default=0)


def _shared(least: Sequence[int], most: Sequence[int], room: int) -> list[int]:
    """Return widths that have at least `least`: what is left of the room is shared evenly.

    No column gets more than `most`, so those with little to say leave theirs to the others.
    """
    widths, left = list(least), room - sum(least)
    order = sorted(range(len(widths)), key=lambda at: most[at] - least[at])
    for done, at in enumerate(order):
        given = max(0, min(most[at] - least[at], left // (len(order) - done)))
        widths[at] += given
        left -= given
    return widths


def show_facts(out: "Console", facts: Iterable[tuple[str, str]]) -> None:
    """Print names with what is said of them, folded below itself; then an empty line."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(justify="right", no_wrap=True)
    made.add_column(overflow="fold")
    for name, said in facts:
        made.add_row(Text(name), Text(said))
    out.print(made)
    out.print()


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
    # z: what is rounded to nothing has no sign.
    return f"{value:z,.{digits}f}"


def to_the_second(instant: str | None) -> str:
    """An instant of a manifest for people: without parts of a second."""
    return re.sub(r"\.\d+", "", instant) if instant else "–"


def counted(count: float | None, thing: str) -> str:
    """A count with its noun, in the plural but for one."""
    return f"{number(count)} {thing}{'' if count == 1 else 's'}"


def percent(value: float | None) -> str:
    """A ratio (0–1) for people, as a percentage."""
    return "–" if value is None else f"{100 * value:.1f} %"


def duration(seconds: float | None) -> str:
    """Seconds for people, in the unit that fits."""
    if seconds is None:
        return "–"
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if abs(seconds) < limit:
            return f"{number(seconds / unit, 1)} {name}"
    return f"{number(seconds / 86_400, 1)} d"
