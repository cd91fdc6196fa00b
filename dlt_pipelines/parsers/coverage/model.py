"""What a coverage parser gives back: a summary, and rows in a sink."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlt_pipelines.parsers.columns import DEFAULT_BATCH_ROWS, ColumnBuffer, DiscardingBuffer

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

Lines = Sequence[int]
MaybeInts = Sequence[int | None]


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
    """A column buffer that takes the lines of a file as columns: no tuple per line."""

    __slots__ = ("_columns",)

    def __init__(self, batch_rows: int = DEFAULT_BATCH_ROWS, on_batch: Any = None) -> None:
        super().__init__(LINE_COLUMNS, batch_rows, on_batch)
        self._columns: list[list[Any]] = [[] for _ in LINE_COLUMNS]

    def extend_columns(
        self,
        report_id: str,
        file_index: int,
        lines: Lines,
        hits: MaybeInts,
        branches_valid: MaybeInts,
        branches_covered: MaybeInts,
    ) -> None:
        """Add lines of one file; the four sequences have one length.

        A file with very many lines is cut into batches, so that a batch stays near its size.
        """
        for start in range(0, len(lines), self.batch_rows):
            part = slice(start, start + self.batch_rows)
            count = len(lines[part])
            ids, indices, line_column, hit_column, valid_column, covered_column = self._columns
            ids.extend([report_id] * count)
            indices.extend([file_index] * count)
            line_column.extend(lines[part])
            hit_column.extend(hits[part])
            valid_column.extend(branches_valid[part])
            covered_column.extend(branches_covered[part])
            if len(ids) >= self.batch_rows:
                self._close_batch()

    def _close_batch(self) -> None:
        columns, self._columns = self._columns, [[] for _ in LINE_COLUMNS]
        if not columns[0]:
            return
        self.row_count += len(columns[0])
        batch = dict(zip(self.names, columns, strict=True))
        if self._on_batch is None:
            self._batches.append(batch)
        else:
            self._on_batch(batch)


class DiscardingLineBuffer(LineBuffer):
    """Counts lines and keeps none of them."""

    __slots__ = ()

    def extend_columns(
        self,
        report_id: str,
        file_index: int,
        lines: Lines,
        hits: MaybeInts,
        branches_valid: MaybeInts,
        branches_covered: MaybeInts,
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
