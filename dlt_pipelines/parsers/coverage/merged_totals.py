"""Totals of several reports of one commit, merged line by line in little memory.

The rule is that of `merge`: a line has the most hits that a report gives it, and the branches of
the report with most of them. Here each file is one array of numbers, so an archive of hundreds of
uploads costs 32 bytes per distinct line.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from dlt_pipelines.parsers.columns import ColumnBuffer
from dlt_pipelines.parsers.coverage.model import FILE_COLUMNS, CoverageReport, LineBuffer, Sink
from dlt_pipelines.parsers.coverage.paths import clean_path

ROW_LIMIT = 6_000_000
"""Distinct lines that are kept; reports beyond are left out."""

_Rows = npt.NDArray[np.int64]
_UNKNOWN = -1
_TOTALS = ("lines_valid", "lines_covered", "branches_valid", "branches_covered")


class ReportRows:
    """The rows of one report on their way into the merge."""

    def __init__(self) -> None:
        self._paths: dict[int, str] = {}
        self._parts: dict[str, list[_Rows]] = {}
        self.totals: dict[str, tuple[int | None, ...]] = {}
        self._files = ColumnBuffer(FILE_COLUMNS, batch_rows=1, on_batch=self._take_file)
        self._lines = LineBuffer(on_batch=self._take_lines)

    @property
    def sink(self) -> Sink:
        """The sink to read the report into; use it once."""
        return Sink(self._files, self._lines)

    def finish(self) -> dict[str, _Rows]:
        """Return path → rows of line, hits, branches and those taken; -1 where unknown."""
        self._files.flush()
        self._lines.flush()
        return {path: _merged(parts) for path, parts in self._parts.items()}

    def _take_file(self, columns: dict[str, list[Any]]) -> None:
        totals = zip(*(columns[name] for name in _TOTALS), strict=True)
        for index, path, numbers in zip(
            columns["file_index"], columns["path"], totals, strict=True
        ):
            name = clean_path(path)
            self._paths[index] = name
            self.totals[name] = numbers

    def _take_lines(self, columns: dict[str, list[Any]]) -> None:
        indices = np.array(columns["file_index"], dtype=np.int64)
        rows = np.empty((len(indices), 4), dtype=np.int64)
        rows[:, 0] = columns["line"]
        for place, name in enumerate(("hits", "branches_valid", "branches_covered"), start=1):
            rows[:, place] = [_UNKNOWN if value is None else value for value in columns[name]]
        starts = np.flatnonzero(np.diff(indices, prepend=indices[0] - 1))
        for start, part in zip(starts, np.split(rows, starts[1:]), strict=True):
            path = self._paths.get(int(indices[start]))
            if path is not None:
                self._parts.setdefault(path, []).append(part)


class MergedTotals:
    """Adds up reports; the order doesn't matter, and a report twice is the report once.

    Attributes:
        is_full: There were more lines than `ROW_LIMIT`; the last reports are left out.
    """

    def __init__(self) -> None:
        self._files: dict[str, _Rows] = {}
        self._totals: dict[str, tuple[int | None, ...]] = {}
        self._has_branches = False
        self._row_count = 0
        self.is_full = False

    def add(self, rows: ReportRows, report: CoverageReport) -> None:
        """Merge a report that was read."""
        files = rows.finish()
        if self._row_count + sum(map(len, files.values())) > ROW_LIMIT:
            self.is_full = True
            return
        self._has_branches |= report.branches_valid is not None
        for path, part in files.items():
            known = self._files.get(path)
            merged = part if known is None else _merged([known, part])
            self._row_count += len(merged) - (0 if known is None else len(known))
            self._files[path] = merged
        for path, numbers in rows.totals.items():
            before = self._totals.get(path, (None,) * len(numbers))
            self._totals[path] = tuple(map(_most, before, numbers))

    def totals(self) -> dict[str, int | None]:
        """Return `lines_valid` and the rest; a file without rows has its largest own totals."""
        lines = covered = branches = taken = 0
        has_lines = bool(self._files)
        for rows in self._files.values():
            lines += int(np.count_nonzero(rows[:, 1] != _UNKNOWN))
            covered += int(np.count_nonzero(rows[:, 1] > 0))
            branches += int(rows[:, 2].clip(min=0).sum())
            taken += int(rows[:, 3].clip(min=0).sum())
        for path, numbers in self._totals.items():
            if path not in self._files:
                has_lines |= numbers[0] is not None
                lines, covered = lines + (numbers[0] or 0), covered + (numbers[1] or 0)
                branches, taken = branches + (numbers[2] or 0), taken + (numbers[3] or 0)
        values = (
            lines if has_lines else None,
            covered if has_lines else None,
            branches if self._has_branches else None,
            taken if self._has_branches else None,
        )
        return dict(zip(_TOTALS, values, strict=True))


def _most(first: int | None, second: int | None) -> int | None:
    known = [value for value in (first, second) if value is not None]
    return max(known) if known else None


def _merged(parts: list[_Rows]) -> _Rows:
    """Merge rows of one file into one per line."""
    rows = np.concatenate(parts)
    order = np.lexsort((rows[:, 3], rows[:, 2], rows[:, 0]))
    rows = rows[order]
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
    last = np.append(starts[1:], len(rows)) - 1
    merged = rows[last]
    merged[:, 1] = np.maximum.reduceat(rows[:, 1], starts)
    return merged
