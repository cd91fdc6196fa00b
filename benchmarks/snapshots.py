"""How long ready-made metrics take to read from a published build.

Measured is what the terminal asks for between opening the build and printing: every slice and
window that is kept, on a connection that is open, and the same with opening the build.

Run: `python -m benchmarks.snapshots [--home FOLDER]` where something is published (`make run`)
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from testops.errors import NothingPublishedError
from testops.metrics.snapshots import SLICES, WEEK, WEEKLY_SLICES, WINDOWS, read
from testops.settings import settings
from testops.warehouse import connect, current_build

_BAR_MILLISECONDS = 10
_TIMES = 21


def main() -> None:
    """Measure and print the times of all kinds of snapshots."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="home of the warehouse")
    home = parser.parse_args().home
    published = home / "published" if home else settings().published
    try:
        build = current_build(published)
    except NothingPublishedError as error:
        print(f"snapshots: not measured, {error}")
        return
    asked: list[tuple[str, str, tuple[str, ...]]]
    asked = [(kind, window, ()) for kind in SLICES for window in WINDOWS]
    asked += [(kind, WEEK, ()) for kind in WEEKLY_SLICES]
    # What a table of thirteen weeks of all teams shows at a time.
    asked += [("team", WEEK, ("pipeline_success_ratio",))]
    with connect(build) as connection:
        found = {one: len(read(connection, *one)) for one in asked}
        times = {one: _median(partial(read, connection, *one)) for one in asked}

    def opened() -> None:
        with connect(current_build(published)) as connection:
            read(connection, "organisation", "last_30_days")

    for one, taken in times.items():
        name = " ".join((*one[:2], *one[2]))
        print(
            f"snapshots: {name}: {found[one]} values, warm median {taken:.1f} ms"
            f" (bar {_BAR_MILLISECONDS})"
        )
    print(f"snapshots: organisation last_30_days, build opened for it: {_median(opened):.1f} ms")


def _median(work: Callable[[], object]) -> float:
    """Return the median of some runs, in milliseconds."""
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


if __name__ == "__main__":
    main()
