"""What an answer is made of: cells, rows, statements, and where they came from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

from testops.metrics.arithmetic import Number
from testops.metrics.definitions import Metric
from testops.metrics.request import Request, Window


class Cell(NamedTuple):
    """One value of a metric; a tuple, because an answer has thousands.

    Attributes:
        value: the number, None where nothing was observed.
        numerator, denominator: of a ratio; a rate has its days as denominator.
        n: observations that the value is made of.
        is_sufficient: whether they are as many as the metric asks for.
        previous: the cell of the period before, where it was asked for.
    """

    value: Number
    numerator: Number = None
    denominator: Number = None
    n: Number = 0
    is_sufficient: bool = False
    previous: "Cell | None" = None

    @property
    def change(self) -> Number:
        """Value less that of the period before."""
        if self.previous is None or self.value is None or self.previous.value is None:
            return None
        return self.value - self.previous.value


class Row(NamedTuple):
    """The metrics of one slice in one period.

    Attributes:
        since: first day, counted in.
        until: last day, counted in.
        is_complete: whether the data have all of its days, and a period of a series is over.
        slices: value by dimension.
        cells: by metric.
    """

    since: date
    until: date
    is_complete: bool
    slices: Mapping[str, Any]
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Statement:
    """A statement that was run, and its hash."""

    model: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True)
class Computed:
    """What was computed for a request.

    Attributes:
        rows: in the order that was asked for.
        metrics: definitions by name.
        request: the request with every default filled in.
        window: the days that were looked at.
        statements: what was run, the period before last.
    """

    rows: Sequence[Row]
    metrics: Mapping[str, Metric]
    request: Request
    window: Window
    statements: Sequence[Statement]


@dataclass(frozen=True)
class Answer:
    """What was computed, and where it came from: build, time of the data, gates, versions."""

    computed: Computed
    provenance: Mapping[str, Any]

    @property
    def rows(self) -> Sequence[Row]:
        """The rows, in the order that was asked for."""
        return self.computed.rows

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Definitions by name."""
        return self.computed.metrics

    @property
    def request(self) -> Request:
        """The request with every default filled in."""
        return self.computed.request

    @property
    def window(self) -> Window:
        """The days that were looked at."""
        return self.computed.window

    @property
    def statements(self) -> Sequence[Statement]:
        """What was run, the period before last."""
        return self.computed.statements

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON values; dates stay dates."""
        return {
            "rows": [
                {
                    "period_start": row.since,
                    "period_end": row.until,
                    "is_complete": row.is_complete,
                    **row.slices,
                    "metrics": {name: cell_to_json(cell) for name, cell in row.cells.items()},
                }
                for row in self.rows
            ],
            "provenance": {
                **self.provenance,
                "request": {**asdict(self.request), **asdict(self.window)},
                "metrics": {
                    name: {
                        "version": metric.version,
                        "label": metric.label,
                        "unit": metric.unit,
                        "direction": metric.meta.get("direction"),
                        "minimum_n": metric.minimum_n,
                    }
                    for name, metric in self.metrics.items()
                },
                "statements": [
                    {"model": one.model, "sha256": one.sha256, "sql": one.sql}
                    for one in self.statements
                ],
            },
        }


def cell_to_json(cell: Cell) -> dict[str, Any]:
    """Return a cell as JSON values."""
    found = cell._asdict()
    del found["previous"]
    if cell.previous is not None:
        found |= {"previous": cell_to_json(cell.previous), "change": cell.change}
    return found
