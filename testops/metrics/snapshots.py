"""Ready-made values: computed once when a build is published, read in milliseconds.

The terminal and pages show the same metrics by the same slices all day. `make` computes them with
the service that answers every other question; `read` only looks them up.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from queue import Queue
from typing import TYPE_CHECKING, Any, NamedTuple

from testops.errors import TestopsError, UsageError
from testops.metrics.answers import Row
from testops.metrics.catalogue import Catalogue
from testops.metrics.definitions import Metric
from testops.metrics.request import Request
from testops.metrics.service import bounds, compute, fetch
from testops.metrics.words import meant, shown

if TYPE_CHECKING:
    import duckdb

SCHEMA, TABLE = "metrics", "snapshots"
SLICES = ("organisation", "business_unit", "team", "repository", "service")
WINDOWS: Mapping[str, str] = {"last_30_days": "30d", "last_90_days": "90d", "all": "all"}
WEEK = "week"
WEEKLY_SLICES = ("organisation", "team")
"""Sliced by these, the last weeks are kept one by one."""
WEEKS = "13w"


class Snapshot(NamedTuple):
    """One value; the columns of the published table, in their order.

    Attributes:
        metric: name of the metric.
        metric_version: hash of its definition.
        slice_kind: one of `SLICES`.
        slice_name: the team, repository and so on.
        window_name: one of `WINDOWS`, or `week`.
        period_start_date: first day, counted in.
        period_end_date: last day, counted in.
        is_complete: whether the data have all of its days, and a week is over.
        metric_value: the value, None where nothing was observed.
        numerator: of a ratio or rate.
        denominator: of a ratio or rate.
        observation_count: observations behind the value.
        is_sufficient: whether they are as many as the metric asks for.
        previous_value: of the period before.
        previous_observation_count: of the period before.
    """

    metric: str
    metric_version: str
    slice_kind: str
    slice_name: str
    window_name: str
    period_start_date: date
    period_end_date: date
    is_complete: bool
    metric_value: float | None
    numerator: float | None
    denominator: float | None
    observation_count: int
    is_sufficient: bool
    previous_value: float | None
    previous_observation_count: int | None


COLUMNS: Mapping[str, str] = {
    "metric": "varchar",
    "metric_version": "varchar",
    "slice_kind": "varchar",
    "slice_name": "varchar",
    "window_name": "varchar",
    "period_start_date": "date",
    "period_end_date": "date",
    "is_complete": "boolean",
    "metric_value": "double",
    "numerator": "double",
    "denominator": "double",
    "observation_count": "bigint",
    "is_sufficient": "boolean",
    "previous_value": "double",
    "previous_observation_count": "bigint",
}
"""Types in the published table."""


def make(
    connections: Sequence["duckdb.DuckDBPyConnection"], catalogue: Catalogue
) -> Iterator[Snapshot]:
    """Compute every snapshot of an open build; nothing for one without any day.

    Args:
        connections: as many as shall ask at a time, each with the tables of the model in its
            default catalog.
        catalogue: the metric model.
    """
    if None in bounds(connections[0]):
        return
    free: Queue[duckdb.DuckDBPyConnection] = Queue()
    for connection in connections:
        free.put(connection)

    def answer(asked: tuple[str, str, Request]) -> list[Snapshot]:
        kind, window_name, request = asked
        connection = free.get()
        try:
            rows = compute(connection, catalogue, request).rows
        finally:
            free.put(connection)
        return [one for row in rows for one in _snapshots(catalogue, kind, window_name, row)]

    with ThreadPoolExecutor(len(connections)) as pool:
        for made in pool.map(answer, _requests(catalogue)):
            yield from made


def _requests(catalogue: Catalogue) -> Iterator[tuple[str, str, Request]]:
    """Yield what is asked for: slice, window, and the request for both."""
    headline = [metric for metric in catalogue.metrics.values() if _is_shown(metric)]
    for kind in SLICES:
        names = tuple(m.name for m in headline if kind in catalogue.dimensions_of(m))
        if not names:
            continue
        for window_name, window in WINDOWS.items():
            yield kind, window_name, Request(names, (kind,), window=window, compare=True)
        if kind in WEEKLY_SLICES:
            asked = Request(names, (kind,), grain=WEEK, window=WEEKS, compare=True)
            yield kind, WEEK, asked


def _is_shown(metric: Metric) -> bool:
    """Counts that are no aim of their own are parts of other metrics, and shown with them."""
    return not metric.is_counted or metric.meta.get("direction") != "none"


def _snapshots(catalogue: Catalogue, kind: str, window_name: str, row: Row) -> Iterator[Snapshot]:
    name = row.slices[kind]
    if name is None:
        return
    for metric, cell in row.cells.items():
        before = cell.previous
        if cell.n or (before is not None and before.n):
            yield Snapshot(
                metric=metric,
                metric_version=catalogue.metrics[metric].version,
                slice_kind=kind,
                slice_name=str(name),
                window_name=window_name,
                period_start_date=row.since,
                period_end_date=row.until,
                is_complete=row.is_complete,
                metric_value=cell.value,
                numerator=cell.numerator,
                denominator=cell.denominator,
                observation_count=int(cell.n or 0),
                is_sufficient=cell.is_sufficient,
                previous_value=before.value if before else None,
                previous_observation_count=int(before.n or 0) if before else None,
            )


def read(
    connection: "duckdb.DuckDBPyConnection",
    slice_kind: str,
    window_name: str,
    metrics: Sequence[str] = (),
) -> Sequence[dict[str, Any]]:
    """Read the snapshots of a slice and window, by name and metric.

    Args:
        connection: an open build.
        slice_kind: one of `SLICES`.
        window_name: one of `WINDOWS`, or `week`.
        metrics: names out of the catalogue; all where none is given.

    Raises:
        UsageError: slice or window is none of those that are kept, or not both together.
        TestopsError: the build was published without snapshots.
    """
    for value, known in ((slice_kind, SLICES), (window_name, (*WINDOWS, WEEK))):
        if value not in known:
            words: dict[str, tuple[str, ...]] = dict.fromkeys(known, ())
            raise UsageError(
                f"`{shown(value)}` is not kept ready{meant(value, words)}; known are "
                f"{', '.join(known)}"
            )
    if window_name == WEEK and slice_kind not in WEEKLY_SLICES:
        raise UsageError(
            f"weeks are kept ready by {' and '.join(WEEKLY_SLICES)};"
            f" `testops metrics query NAME --by {slice_kind} --grain week` computes others"
        )
    listed = ", ".join(f"'{name}'" for name in metrics)
    # Both words are of the lists above, and the names of the metric model.
    sql = f"""
select {", ".join(COLUMNS)}
from {SCHEMA}.{TABLE}
where slice_kind = '{slice_kind}' and window_name = '{window_name}'
{f"and metric in ({listed})" if metrics else ""}
order by slice_name, metric, period_start_date
"""  # noqa: S608
    try:
        return [dict(zip(COLUMNS, row, strict=True)) for row in fetch(connection, sql)]
    except TestopsError as error:
        raise TestopsError(
            "this build was published without ready-made metrics; `testops run` publishes again"
        ) from error
