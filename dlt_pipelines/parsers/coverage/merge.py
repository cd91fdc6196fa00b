"""Coverage of one commit out of several reports: merged line by line.

The rule, for every path and line that any report names:
    * hits are the most that one report has (uploads of the same tests must not add up);
    * branches are the report's with most branches there, and of those the most taken;
    * a line that one report knows and another doesn't is coverable.
Merging is associative and commutative, and merging a report with itself changes nothing, so it
can be done in any order and again.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, NamedTuple

from dlt_pipelines.parsers.columns import ColumnBuffer
from dlt_pipelines.parsers.coverage.model import FILE_COLUMNS, LineBuffer, Sink
from dlt_pipelines.parsers.coverage.numbers import LAST_LINE
from dlt_pipelines.parsers.errors import ParseError


class LineCoverage(NamedTuple):
    """What is known of one line.

    Attributes:
        hits: Times it ran, None where the report doesn't say.
        branches_valid: Branches that leave it, None where it has none.
        branches_covered: Those that were taken.
    """

    hits: int | None
    branches_valid: int | None = None
    branches_covered: int | None = None

    @property
    def is_covered(self) -> bool:
        """It ran, in part at least."""
        return bool(self.hits)

    @property
    def is_partial(self) -> bool:
        """It ran, and a branch of it was never taken."""
        return bool(self.hits) and (self.branches_covered or 0) < (self.branches_valid or 0)


FileLines = dict[int, LineCoverage]
EVERY_LINE: Container[int] = range(LAST_LINE + 1)
KEPT_LIMIT = 1_500_000
"""Lines of a report that are kept at once, some 200 bytes each."""


def merge_line(first: LineCoverage, second: LineCoverage) -> LineCoverage:
    """Merge what two reports say of a line."""
    known = [hits for hits in (first.hits, second.hits) if hits is not None]
    branches = max(
        (line.branches_valid or 0, line.branches_covered or 0, line.branches_valid is not None)
        for line in (first, second)
    )
    hits = max(known) if known else None
    if not branches[2]:
        return LineCoverage(hits)
    return LineCoverage(hits, branches[0], branches[1])


def merge_reports(reports: Iterable[Mapping[str, FileLines]]) -> dict[str, FileLines]:
    """Merge reports, each a map of path → line → coverage, with paths made comparable before."""
    merged: dict[str, FileLines] = {}
    for report in reports:
        for path, lines in report.items():
            known = merged.setdefault(path, {})
            for number, line in lines.items():
                before = known.get(number)
                known[number] = line if before is None else merge_line(before, line)
    return merged


class LineCollector:
    """A sink that keeps the lines of a report by path, for answers without a warehouse.

    Args:
        wanted: Says of a path which of its lines matter; others cost nothing. Every path is kept.
        wants_function_lines: As in `Sink`.
    """

    def __init__(
        self,
        wanted: Callable[[str], Container[int]] = lambda _path: EVERY_LINE,
        *,
        wants_function_lines: bool = False,
    ) -> None:
        self._wants_function_lines = wants_function_lines
        self._wanted = wanted
        self._of_files: dict[int, tuple[FileLines, Container[int]]] = {}
        self._files = ColumnBuffer(FILE_COLUMNS, batch_rows=1, on_batch=self._take_file)
        self._lines = LineBuffer(on_batch=self._take_lines)
        self._kept_count = 0
        self.files: dict[str, FileLines] = {}

    @property
    def sink(self) -> Sink:
        """The sink to read a report into; use it once."""
        sink = Sink(self._files, self._lines)
        sink.wants_function_lines = self._wants_function_lines
        return sink

    def finish(self) -> dict[str, FileLines]:
        """Return path → line → coverage, as the report writes its paths.

        Raises:
            ParseError: More lines matter than a change of source files has around it.
        """
        self._files.flush()
        self._lines.flush()
        return self.files

    def _take_file(self, columns: dict[str, list[Any]]) -> None:
        for index, path in zip(columns["file_index"], columns["path"], strict=True):
            self._of_files[index] = (self.files.setdefault(path, {}), self._wanted(path))

    def _take_lines(self, columns: dict[str, list[Any]]) -> None:
        rows = zip(
            columns["file_index"],
            columns["line"],
            columns["hits"],
            columns["branches_valid"],
            columns["branches_covered"],
            strict=True,
        )
        for index, number, hits, valid, covered in rows:
            lines, wanted = self._of_files[index]
            if number in wanted:
                line = LineCoverage(hits, valid, covered)
                known = lines.get(number)
                lines[number] = line if known is None else merge_line(known, line)
                self._kept_count += known is None
        if self._kept_count > KEPT_LIMIT:
            raise ParseError(f"more than {KEPT_LIMIT:,} of its lines matter, which no change needs")
