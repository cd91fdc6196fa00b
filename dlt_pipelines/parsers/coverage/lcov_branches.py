"""Branches of lcov traces: `BRDA:line,block,branch,taken`, joined over all records of a file.

A branch is one (line, block, branch) of a file; it is covered when any record took it. Nearly all
traces write digits there, and then many files are joined at once as arrays.
"""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from dlt_pipelines.parsers.coverage.builder import Branches, FileRecord
from dlt_pipelines.parsers.coverage.model import Numbers
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE, to_line

BATCH_BYTES = 8 * 1024 * 1024
_MARK = b"\nBRDA:"
_DIGITS = b"0123456789,"


def join_branches(texts: Iterable[tuple[FileRecord, bytes]]) -> None:
    """Add the branches of each file to its record.

    Args:
        texts: Records with their `BRDA:` lines, each with a line end before it.
    """
    for batch in _batches(texts):
        _join_batch(batch)


Batch = list[tuple[FileRecord, bytes, int]]


def _batches(texts: Iterable[tuple[FileRecord, bytes]]) -> Iterator[Batch]:
    """Gather files whose branches are digits only; settle the others on the way."""
    batch: Batch = []
    size = 0
    for record, text in texts:
        numbers = _plain(text)
        if numbers is None:
            record.add_branches(_careful(text))
            continue
        batch.append((record, numbers, text.count(b"\n")))
        size += len(numbers)
        if size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _plain(text: bytes) -> bytes | None:
    """Return the numbers with commas between them; None when there is anything but digits."""
    count = text.count(b"\n")
    text = text[len(_MARK) :].replace(b",-\n", b",0\n")
    if text.endswith(b",-"):
        text = text[:-1] + b"0"
    numbers = text.replace(_MARK, b",")
    is_plain = (
        numbers.translate(None, _DIGITS) == b""
        and numbers.count(b",") == 4 * count - 1
        and b",," not in numbers
        and numbers[:1] != b","
        and numbers[-1:] != b","
    )
    return numbers if is_plain else None


def _join_batch(batch: Batch) -> None:
    counts = [count for _, _, count in batch]
    joined = b",".join(numbers for _, numbers, _ in batch)
    values = np.fromstring(joined, dtype=np.int64, sep=",")
    files = np.repeat(np.arange(len(batch)), counts)
    files, lines, valid, covered = join_columns(files, *values.reshape(-1, 4).T)
    is_line = (lines >= 1) & (lines <= LAST_LINE)
    if not is_line.all():
        files, lines = files[is_line], lines[is_line]
        valid, covered = valid[is_line], covered[is_line]
    edges = np.searchsorted(files, np.arange(len(batch) + 1)).tolist()
    columns = lines, valid, covered
    for position, (record, _, _) in enumerate(batch):
        part = slice(edges[position], edges[position + 1])
        record.add_branch_columns(*(array("q", column[part].tobytes()) for column in columns))


def join_columns(
    files: Numbers, lines: Numbers, blocks: Numbers, paths: Numbers, taken: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return file, line, branches and those taken: each line of a file once, in order."""
    order = np.lexsort((paths, blocks, lines, files))
    files, lines, blocks, paths = files[order], lines[order], blocks[order], paths[order]
    starts = _starts(files, lines, blocks, paths)
    was_taken = np.logical_or.reduceat(taken[order] > 0, starts)
    files, lines = files[starts], lines[starts]
    first = _starts(files, lines)
    covered = np.add.reduceat(was_taken.astype(np.int64), first)
    valid = np.diff(np.append(first, len(lines))).astype(np.int64)
    return files[first], lines[first], valid, covered


def _starts(*columns: np.ndarray) -> np.ndarray:
    """Return where each run of equal rows begins."""
    is_start = np.zeros(len(columns[0]), dtype=bool)
    is_start[0] = True
    for column in columns:
        is_start[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(is_start)


def _careful(text: bytes) -> Branches:
    """Join branches of one file that name block or branch otherwise (`e4`, an expression)."""
    taken: dict[bytes, bool] = {}
    for entry in text[len(_MARK) :].split(_MARK):
        key, _, count = entry.strip().rpartition(b",")
        is_taken = bool(count) and count != b"0" and count[:1] != b"-"
        taken[key] = is_taken or taken.get(key, False)
    result: Branches = {}
    for key, is_taken in taken.items():
        number = to_line(key.partition(b",")[0].decode("latin-1"))
        if number is not None:
            valid, covered = result.get(number, (0, 0))
            result[number] = (min(valid + 1, LARGEST), covered + is_taken)
    return result
