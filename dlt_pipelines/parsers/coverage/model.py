"""What a coverage parser gives back: a summary, and rows in a sink."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dlt_pipelines.parsers.columns import DEFAULT_BATCH_ROWS, ColumnBuffer, DiscardingBuffer
from dlt_pipelines.parsers.coverage.numbers import UNKNOWN

FILE_COLUMNS = (
    "report_id",
    "file_index",
    "path",
    "package",
    "lines_valid",
    "lines_covered",
    "branches_valid",
    "branches_covered",
    "functions_valid",
    "functions_covered",
)

LINE_COLUMNS = (
    "report_id",
    "file_index",
    "line",
    "hits",
    "branches_valid",
    "branches_covered",
)

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Summary of one coverage report.

    Attributes:
        format: Name of the format, as `detect` gives it.
        generator: The tool that wrote the report, where it can be told.
        flag: Name of the upload or test run that the report itself carries.
        parse: `ok`, or `partial` when something was lost or had to be mended.
        error: What was lost or mended, as a sentence; None when `parse` is `ok`.
        declared_lines_valid: Total that the report's own header claims; the other `declared_`
            fields likewise. None where the header says nothing.
        lines_valid: Coverable lines, summed over the files; None when the report measures none.
        lines_covered: Those of them with hits; a partially covered line is covered.
        branches_valid: Branches, summed over the files; None when the report measures none.
        branches_covered: Those of them that were taken.
        file_count: Source files in the report.
        source_roots: JSON list of the folders that the paths are relative to; None where the
            report names none.
    """

    format: str
    generator: str | None = None
    flag: str | None = None
    parse: str = "ok"
    error: str | None = None
    declared_lines_valid: int | None = None
    declared_lines_covered: int | None = None
    declared_branches_valid: int | None = None
    declared_branches_covered: int | None = None
    lines_valid: int | None = None
    lines_covered: int | None = None
    branches_valid: int | None = None
    branches_covered: int | None = None
    file_count: int = 0
    source_roots: str | None = None


class LineBuffer(ColumnBuffer):
    """A column buffer that takes lines as arrays: no tuple per line."""

    __slots__ = ()

    def __init__(self, batch_rows: int = DEFAULT_BATCH_ROWS, on_batch: Any = None) -> None:
        super().__init__(LINE_COLUMNS, batch_rows, on_batch)

    def extend_lines(
        self,
        report_id: str,
        file_indices: Numbers,
        lines: Numbers,
        hits: Numbers,
        branches_valid: Numbers,
        branches_covered: Numbers,
    ) -> None:
        """Add lines of one report; the arrays have one length, `UNKNOWN` in them becomes None.

        Very many lines are cut into batches, so that a batch stays near its size.
        """
        for start in range(0, len(lines), self.batch_rows):
            part = slice(start, start + self.batch_rows)
            numbers = lines[part].tolist()
            counts = (hits[part], branches_valid[part], branches_covered[part])
            self.extend_columns(
                (
                    [report_id] * len(numbers),
                    file_indices[part].tolist(),
                    numbers,
                    *map(_with_nulls, counts),
                )
            )


def _with_nulls(values: Numbers) -> list[int | None]:
    is_known = values != UNKNOWN
    if is_known.all():
        known: list[int | None] = values.tolist()
        return known
    if not is_known.any():
        return [None] * len(values)
    column = np.full(len(values), None, dtype=object)
    column[is_known] = values[is_known]
    mixed: list[int | None] = column.tolist()
    return mixed


class DiscardingLineBuffer(LineBuffer):
    """Counts lines and keeps none of them."""

    __slots__ = ()

    def extend_lines(
        self,
        report_id: str,
        file_indices: Numbers,
        lines: Numbers,
        hits: Numbers,
        branches_valid: Numbers,
        branches_covered: Numbers,
    ) -> None:
        """Count lines."""
        self.row_count += len(lines)


class Sink:
    """Two buffers that take the rows of one report after the other.

    Set `report_id` before each `read`; it becomes the first value of every row.

    Args:
        files: Takes rows of `FILE_COLUMNS`.
        lines: Takes rows of `LINE_COLUMNS`.

    Attributes:
        wants_function_lines: Give rows to the lines on which functions start as well, where a
            format tells functions and lines apart (lcov): a changed signature counts then.
    """

    def __init__(self, files: ColumnBuffer | None = None, lines: LineBuffer | None = None) -> None:
        self.report_id = ""
        self.wants_function_lines = False
        self.files = files or ColumnBuffer(FILE_COLUMNS, DEFAULT_BATCH_ROWS)
        self.lines = lines or LineBuffer()

    @classmethod
    def discarding(cls) -> "Sink":
        """A sink that only counts rows."""
        return cls(DiscardingBuffer(FILE_COLUMNS), DiscardingLineBuffer())
