"""Many whole lcov records at once: lines are found, told apart and turned into numbers as arrays.

    bytes ──newlines──> starts of lines ──first letters──> DA, BRDA, LF … ──digits──> int64 columns

Only what is plain is taken: every record opened and closed, digits alone in the numbers, every
line once and rising, no file twice. Everything else is left to the careful way, whole.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dlt_pipelines.parsers.coverage.lcov_branches import join_columns
from dlt_pipelines.parsers.coverage.model import Numbers
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE
from dlt_pipelines.parsers.coverage.runs import is_rising, parts

_COMMA, _NEWLINE, _DASH, _ZERO = b",\n-0"
_DIGITS = np.zeros(256, dtype=bool)
_DIGITS[[_COMMA, *b"0123456789"]] = True
_BRANCH_FIELDS = 4
_MOST_DIGITS = 18
_END = b"end_of_record\n"
SUMMARIES = ("LF", "LH", "BRF", "BRH", "FNF", "FNH")


@dataclass(frozen=True, slots=True)
class Columns:
    """Values of many files one behind the other, with where each file begins."""

    values: tuple[Numbers, ...]
    edges: list[int]

    def parts(self) -> Iterator[list["array[int]"]]:
        """Yield the columns of each file."""
        return parts(self.edges, *self.values)


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records.

    Attributes:
        lines: Line and hits.
        branches: Line, branches and those taken; no line twice in a file.
        summaries: Values of `SUMMARIES` by file; None where the record has none.
    """

    lines: Columns
    branches: Columns
    summaries: dict[str, list[int | None]]


class _NotPlainError(Exception):
    pass


def whole_records(block: bytes) -> tuple[int, int]:
    """Return from where to where the records lie that begin and end in a block of whole lines."""
    start = 0 if block.startswith(b"SF:") else block.find(b"\nSF:") + 1
    stop = block.rfind(b"\n" + _END)
    if stop < 0 or (start == 0 and not block.startswith(b"SF:")) or stop < start:
        return 0, 0
    return start, stop + 1 + len(_END)


def read_records(text: bytes) -> Records | None:
    """Read whole records; None when anything about them is not plain."""
    try:
        return _Block(text).records()
    except _NotPlainError:
        return None


class _Block:
    def __init__(self, text: bytes) -> None:
        self.text = text
        self.bytes = np.frombuffer(text, dtype=np.uint8)
        self.ends = np.flatnonzero(self.bytes == _NEWLINE)
        self.starts = np.concatenate(([0], self.ends[:-1] + 1))
        # The last line is `end_of_record`: there are always some bytes behind a start.
        first = self.bytes[np.minimum(self.starts + 4, len(self.bytes) - 1)].astype(np.int64)
        for offset in (3, 2, 1, 0):
            first |= self.bytes[self.starts + offset].astype(np.int64) << (8 * (4 - offset))
        self.heads = first

    def are(self, head: str) -> npt.NDArray[np.bool_]:
        """Tell which lines begin with a head of at most five letters."""
        code = int.from_bytes(head.encode().ljust(5, b"\0"), "big")
        shift = 8 * (5 - len(head))
        found: npt.NDArray[np.bool_] = self.heads >> shift == code >> shift
        return found

    def records(self) -> Records:
        opened, closed = self.are("SF:"), self.are("end_o")
        files = np.cumsum(opened, dtype=np.int64)
        count = int(files[-1])
        is_open = files - np.cumsum(closed)
        if self.text.count(b"\n" + _END) != count or (is_open > 1).any() or (is_open < 0).any():
            raise _NotPlainError
        files -= 1
        lines, branches = self.are("DA:"), self.are("BRDA:")
        summaries = {name: self.are(name + ":") for name in SUMMARIES}
        for kind in (lines, branches, *summaries.values()):
            if not is_open[kind].all():
                raise _NotPlainError
        found = {
            name: self.summary(which, len(name) + 1, files, count)
            for name, which in summaries.items()
        }
        functions = files[self.are("FN:")]
        counted = files[summaries["FNF"]]
        if len(functions) and not np.isin(functions, counted).all():
            raise _NotPlainError
        return Records(
            self.lines(lines, files, count), self.branches(branches, files, count), found
        )

    def lines(self, which: npt.NDArray[np.bool_], files: Numbers, count: int) -> Columns:
        numbers, hits = self.numbers(which, len("DA:"), 2)
        edges = _edges(files[which], count)
        if not is_rising(numbers, edges) or numbers.max(initial=0) > LAST_LINE:
            raise _NotPlainError
        return Columns((numbers, hits), edges)

    def branches(self, which: npt.NDArray[np.bool_], files: Numbers, count: int) -> Columns:
        if not which.any():
            nothing = np.empty(0, dtype=np.int64)
            return Columns((nothing, nothing, nothing), [0] * (count + 1))
        numbers, *rest = self.numbers(which, len("BRDA:"), _BRANCH_FIELDS)
        if numbers.min() < 1 or numbers.max() > LAST_LINE:
            raise _NotPlainError
        files, *columns = join_columns(files[which], numbers, *rest)
        return Columns(tuple(columns), _edges(files, count))

    def summary(
        self, which: npt.NDArray[np.bool_], head: int, files: Numbers, count: int
    ) -> list[int | None]:
        """Return the number of each file; a file has none twice."""
        result: list[int | None] = [None] * count
        if not which.any():
            return result
        values = self.short_numbers(which, head)
        files = files[which]
        if (files[1:] == files[:-1]).any():
            raise _NotPlainError
        if len(files) == count:
            return list(values.tolist())
        for place, value in zip(files.tolist(), values.tolist(), strict=True):
            result[place] = value
        return result

    def short_numbers(self, which: npt.NDArray[np.bool_], head: int) -> Numbers:
        """Return the one number of each line, digit by digit: most have few."""
        starts, ends = self.starts[which] + head, self.ends[which]
        lengths = ends - starts
        if lengths.min() < 1 or lengths.max() > _MOST_DIGITS:
            raise _NotPlainError
        values = np.zeros(len(starts), dtype=np.int64)
        for place in range(int(lengths.max())):
            is_there = place < lengths
            digits = self.bytes[np.minimum(starts + place, ends)].astype(np.int64) - _ZERO
            if ((digits < 0) | (digits > 9))[is_there].any():
                raise _NotPlainError
            values = np.where(is_there, values * 10 + digits, values)
        return values

    def numbers(self, which: npt.NDArray[np.bool_], head: int, fields: int) -> tuple[Numbers, ...]:
        """Return the numbers of lines, field by field."""
        starts, ends = self.starts[which] + head, self.ends[which]
        marks = np.zeros(len(self.bytes) + 1, dtype=np.int8)
        marks[starts] = 1
        marks[ends + 1] -= 1
        found = self.bytes[np.cumsum(marks[:-1], dtype=np.int8).view(bool)]
        line_ends = np.cumsum(ends + 1 - starts) - 1
        commas = np.flatnonzero(found == _COMMA)
        if len(commas) != len(starts) * (fields - 1):
            raise _NotPlainError
        first, last = commas[:: fields - 1], commas[fields - 2 :: fields - 1]
        if not ((first[1:] > line_ends[:-1]).all() and (last < line_ends).all()):
            raise _NotPlainError
        dashes = np.flatnonzero(found == _DASH)
        if len(dashes):
            if (
                fields != _BRANCH_FIELDS
                or not ((found[dashes - 1] == _COMMA) & (found[dashes + 1] == _NEWLINE)).all()
            ):
                raise _NotPlainError
            found[dashes] = _ZERO
        found[line_ends] = _COMMA
        text = found.tobytes()
        if not _DIGITS[found].all() or b",," in text or text[:1] == b",":
            raise _NotPlainError
        values = np.fromstring(text, dtype=np.int64, sep=",")
        if len(values) != fields * len(starts) or values.max(initial=0) >= LARGEST:
            raise _NotPlainError
        return tuple(values.reshape(-1, fields).T)


def _edges(files: Numbers, count: int) -> list[int]:
    edges: list[int] = np.searchsorted(files, np.arange(count + 1)).tolist()
    return edges
