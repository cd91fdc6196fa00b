"""Rows of source files on their way into the sink, many small files at once.

A report of twenty thousand files with ten lines each spends its time on files, not on lines: so
the lines of many files are laid one behind the other and everything is counted and looked up in
one go. Large files leave one by one, because their memory is wanted back.
"""

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dlt_pipelines.parsers.coverage.model import Numbers, Sink
from dlt_pipelines.parsers.coverage.numbers import LAST_LINE, UNKNOWN

if TYPE_CHECKING:
    from dlt_pipelines.parsers.coverage.builder import FileRecord

BATCH_LINES = 20_000
BATCH_FILES = 10_000

_STRIDE = 2 * LAST_LINE


class Emitter:
    """Takes the files of one report in their order; `flush` hands out those still waiting.

    Attributes:
        totals: Sums over the files of lines and branches, valid and covered; None where no file
            knows them.
    """

    def __init__(self, sink: Sink) -> None:
        self.totals: list[int | None] = [None] * 4
        self._sink = sink
        self._waiting: list[FileRecord] = []
        self._line_count = 0
        self._file_count = 0

    def add(self, record: "FileRecord") -> None:
        """Take the next file; its lines and branches are merged."""
        self._waiting.append(record)
        self._line_count += len(record.numbers)
        if self._line_count >= BATCH_LINES or len(self._waiting) >= BATCH_FILES:
            self.flush()

    def flush(self) -> None:
        """Hand the rows of the files that wait to the sink."""
        records, self._waiting, self._line_count = self._waiting, [], 0
        if not records:
            return
        numbers, hits = _joined([r.numbers for r in records]), _joined([r.hits for r in records])
        counts = [len(record.numbers) for record in records]
        covered = _sums(hits > 0, counts)
        branches = [_joined([record.branches[part] for record in records]) for part in range(3)]
        branch_counts = [len(record.branches[0]) for record in records]
        branch_sums = _sums(branches[1], branch_counts), _sums(branches[2], branch_counts)
        report_id, first = self._sink.report_id, self._file_count
        self._file_count += len(records)
        rows = []
        for position, record in enumerate(records):
            totals: tuple[int | None, ...] = record.lines_total or (
                counts[position] + record.extra_valid,
                covered[position] + record.extra_covered,
            )
            if record.branches_total is not None:
                totals += record.branches_total
            elif record.has_branches:
                totals += (branch_sums[0][position], branch_sums[1][position])
            else:
                totals += (None, None)
            functions = record.functions or (None, None)
            index = first + position
            rows.append((report_id, index, record.path, record.package, *totals, *functions))
        self._count([row[4:8] for row in rows])
        self._sink.files.extend(rows)
        files = np.repeat(np.arange(len(records)), counts)
        placed = _placed(files, numbers, branches, branch_counts)
        self._sink.lines.extend_lines(report_id, files + first, numbers, hits, *placed)
        for record in records:  # they were handed out; a report with many lines needs the room
            record.forget_rows()

    def _count(self, rows: Sequence[Sequence[int | None]]) -> None:
        for place, column in enumerate(zip(*rows, strict=True)):
            known = [value for value in column if value is not None]
            if known:
                self.totals[place] = (self.totals[place] or 0) + sum(known)


def _joined(parts: "Sequence[array[int]]") -> Numbers:
    if len(parts) == 1:
        return np.frombuffer(parts[0], dtype=np.int64) if parts[0] else np.empty(0, np.int64)
    joined = array("q")
    for part in parts:
        joined.extend(part)
    return np.frombuffer(joined, dtype=np.int64) if joined else np.empty(0, np.int64)


def _sums(values: npt.NDArray[Any], counts: list[int]) -> list[int]:
    """Return the sum of each file's values, which lie one behind the other."""
    sums = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    edges = np.concatenate(([0], np.cumsum(counts)))
    result: list[int] = np.diff(sums[edges]).tolist()
    return result


def _placed(
    files: Numbers, numbers: Numbers, branches: list[Numbers], counts: list[int]
) -> tuple[Numbers, Numbers]:
    """Put the branches beside their lines; those of a line that has no row have no place."""
    if not len(branches[0]) or not len(numbers):
        nothing = np.full(len(numbers), UNKNOWN)
        return nothing, nothing
    lines = files * _STRIDE + numbers
    wanted = np.repeat(np.arange(len(counts)), counts) * _STRIDE + branches[0]
    order = None if (lines[1:] > lines[:-1]).all() else np.argsort(lines, kind="stable")
    places = np.searchsorted(lines, wanted, sorter=order).clip(max=len(lines) - 1)
    if order is not None:
        places = order[places]
    is_there = lines[places] == wanted
    valid, covered = np.full((2, len(numbers)), UNKNOWN)
    valid[places[is_there]] = branches[1][is_there]
    covered[places[is_there]] = branches[2][is_there]
    return valid, covered
