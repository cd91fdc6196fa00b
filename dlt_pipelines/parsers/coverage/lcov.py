"""lcov trace files: `SF:`, `DA:`, `BRDA:` … `end_of_record` (geninfo(1) describes them).

What real files do, and what is made of it:
    * One file has several records, one per test or thread, or one line several `DA:`: hits add up
      (as lcov adds them), and branches are joined by line, block and branch.
    * Only `LF:`/`LH:` without `DA:` (summary exports), or `BRF:`/`BRH:` without a branch: they are
      the file's totals, of several records of a file the largest.
    * `BA:line,taken` (Bazel, of C++): a branch that was not reached, not taken or taken (0, 1, 2);
      its place among those of the line is its name.
    * `LF:` otherwise is only declared: writers count repeated `DA:` lines in it, or lose lines.
      gcovr (`TN:GCOVR_report`) counts a line once per function that shares it and writes one
      `DA:`: there `LF:`/`LH:` are the file's totals, its rows stay one per line.
    * Checksums as a third field, counts above 64 bits, negative counts, commas in function names,
      CR LF, a missing last `end_of_record`.
"""

import re
from array import array
from collections import Counter
from typing import BinaryIO

import numpy as np

from dlt_pipelines.parsers.coverage.builder import FileRecord, ReportBuilder
from dlt_pipelines.parsers.coverage.lcov_blocks import read_records, whole_records
from dlt_pipelines.parsers.coverage.lcov_branches import join_branches
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE, to_count, to_line
from dlt_pipelines.parsers.coverage.source import CHUNK_BYTES, Source, as_stream
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head, sniff_encoding
from dlt_pipelines.parsers.markup import decode_leniently

FORMATS = ("lcov",)
RECORD_LIMIT = 64 * 1024 * 1024
"""Bytes without a line end before a text is given up."""

_DIGITS = b"0123456789,"
_FEW = 24
"""Below this many lines a loop is faster than setting up an array."""
_NAME = re.compile(rb"\nSF:([^\n]*)")
_BRANCH = re.compile(rb"\nBRDA:[^\n]*")
_BAZEL_BRANCH = re.compile(rb"\nBA:(\d{1,9}),([012])(?=\s|$)")
_FUNCTION = re.compile(rb"\nFN:")
_SUMMARY = re.compile(rb"\n(FNF|FNH|LF|LH|BRF|BRH):[ \t]*+(\d{1,18})[ \t]*+(?=\n|\Z)")
_FUNCTION_HITS = re.compile(rb"\nFNDA:[ \t]*(-?\d+),([^\n]*)")
_FUNCTION_LINE = re.compile(rb"\nFN:[ \t]*(\d{1,9}),(?:\d{1,9},)?([^\n]*)")
_STARTS = re.compile(
    r"^(?:TN|SF|VER|FN|FNDA|FNF|BRDA|BRF|DA|LF|LH|end_of_record)\b:?", re.MULTILINE
)


def detect(head: Head) -> str | None:
    """Recognise an lcov trace: a source file line, and what follows one."""
    if head.is_xml or head.is_json:
        return None
    marks = set(_STARTS.findall(head.text))
    return "lcov" if "SF:" in marks and len(marks) > 1 else None


_LARGEST_OF_RECORDS = (
    (b"LF", "lines"),
    (b"LH", "lines_hit"),
    (b"BRF", "branches_found"),
    (b"BRH", "branches_hit"),
    (b"FNF", "functions"),
    (b"FNH", "functions_hit"),
)
"""Totals of a record → what is kept of them for the file."""


class _State:
    """What was counted on the way for one file."""

    __slots__ = (
        "branches",
        "branches_found",
        "branches_hit",
        "calls",
        "function_starts",
        "functions",
        "functions_hit",
        "lines",
        "lines_hit",
        "lists_lines",
        "records",
    )

    def __init__(self) -> None:
        self.records = 0
        self.branches: list[bytes] = []
        self.branches_found: int | None = None
        self.branches_hit: int | None = None
        self.function_starts: dict[bytes, int] = {}
        self.calls: dict[bytes, int] = {}
        self.functions: int | None = None
        self.functions_hit: int | None = None
        self.lines: int | None = None
        self.lines_hit: int | None = None
        self.lists_lines = False


class _AgainError(Exception):
    """A file that was read as plain has one more record: their branches are joined by name."""


class _Reader:
    def __init__(self, builder: ReportBuilder, *, is_careful: bool) -> None:
        self.builder = builder
        self.is_careful = is_careful
        self.record: FileRecord | None = None
        self.malformed = 0
        self.totals: dict[bytes, int] = {}
        self.is_open = False
        self.places: Counter[bytes] = Counter()

    def block(self, block: bytes) -> None:
        """Take whole lines; the first may belong to the record that the last block left open."""
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not self.builder.files and block.startswith(b"TN:GCOVR_report"):
            self.builder.generator = "gcovr"
            self.is_careful = True
        start, stop = (0, 0) if self.is_careful else whole_records(block)
        self.careful_block(block[:start])
        if stop > start and self.plain(block[start:stop]):
            start = stop
        self.careful_block(block[start:])

    def plain(self, text: bytes) -> bool:
        """Take whole records as arrays, if nothing is special about them and their files."""
        names = b"\n".join(_NAME.findall(b"\n" + text))
        paths = [path.strip() for path in decode_leniently(names).split("\n")]
        if len(set(paths)) < len(paths) or not self.builder.files.keys().isdisjoint(paths):
            return False
        found = read_records(text)
        if found is None:
            return False
        summaries = zip(*found.summaries.values(), strict=True)
        if any(found.summaries["BRF"]) and b"\nBA:" in text:
            return False
        parts = found.lines.parts(), found.branches.parts(), summaries
        for path, lines, branches, summary in zip(paths, *parts, strict=True):
            record = self.builder.file(path)
            self.builder.count_lines(len(lines[0]))
            record.add_lines(*lines, is_unique=True)
            valid, covered, branches_valid, taken, functions, called = summary
            if branches[0]:
                record.add_branch_columns(*branches)
            elif branches_valid is not None:
                record.branches_total = (branches_valid, min(taken or 0, branches_valid))
            if functions is not None:
                record.functions = (functions, min(called or 0, functions))
            if valid is not None and not lines[0]:
                record.lines_total = (valid, min(covered or 0, valid))
        for name, values in found.summaries.items():
            known = [value for value in values if value is not None]
            if known:
                key = name.encode()
                self.totals[key] = self.totals.get(key, 0) + sum(known)
        return True

    def careful_block(self, block: bytes) -> None:
        """Take the records of a block one by one."""
        if not block:
            return
        first, *records = (b"\n" + block).split(b"\nSF:")
        if self.record is not None:
            self.lines(self.record, first)
        for text in records:
            name, _, body = text.partition(b"\n")
            path = decode_leniently(name).strip()
            is_new = path not in self.builder.files
            self.record = self.builder.file(path)
            if is_new:
                self.record.state = _State()
            elif self.record.state is None:
                raise _AgainError
            self.record.state.records += 1
            self.places = Counter()
            self.is_open = True
            self.lines(self.record, b"\n" + body)

    def lines(self, record: FileRecord, body: bytes) -> None:
        """Take the lines of one record, or the part of it that lies in this block."""
        body, end, _ = body.partition(b"\nend_of_record")
        start = body.find(b"\nDA:")
        rest = body
        if start >= 0:
            stop = body.find(b"\n", body.rfind(b"\nDA:") + 1)
            stop = len(body) if stop < 0 else stop
            rest = body[:start] + body[stop:] + self.counts(record, body[start:stop])
        if rest:
            self.others(record, rest)
        if end:
            self.is_open = False
            self.record = None

    def counts(self, record: FileRecord, text: bytes) -> bytes:
        """Add the `DA:` lines from the first to the last; return the other lines between them."""
        count = text.count(b"\nDA:")
        numbers = text[4:].replace(b"\nDA:", b",")
        is_plain = (
            numbers.translate(None, _DIGITS) == b""
            and numbers.count(b",") == 2 * count - 1
            and b",," not in numbers
            and numbers[:1] != b","
            and numbers[-1:] != b","
        )
        if not is_plain:
            return self.careful(record, text[4:].split(b"\nDA:"))
        self.builder.count_lines(count)
        if count < _FEW:
            values = [int(value) for value in numbers.split(b",")]
            pairs = dict(zip(values[::2], values[1::2], strict=True))
            if len(pairs) == count and min(pairs) > 0 and max(pairs) <= LAST_LINE:
                record.add_lines(
                    list(pairs), [min(hits, LARGEST) for hits in pairs.values()], is_unique=True
                )
                return b""
        else:
            parsed = np.fromstring(numbers, dtype=np.int64, sep=",")
            if len(parsed) == 2 * count:
                lines, hits = parsed[::2], parsed[1::2]
                is_rising = bool((lines[1:] > lines[:-1]).all())
                first, last = (lines[0], lines[-1]) if is_rising else (lines.min(), lines.max())
                if first > 0 and last <= LAST_LINE and hits.max() < LARGEST:
                    as_numbers = array("q", lines.tobytes()), array("q", hits.tobytes())
                    record.add_lines(*as_numbers, is_unique=is_rising)
                    return b""
        self.builder.count_lines(-count)
        return self.careful(record, text[4:].split(b"\nDA:"))

    def careful(self, record: FileRecord, data: list[bytes]) -> bytes:
        """Add pairs one by one; return the other lines found between them."""
        others = []
        numbers, counts = array("q"), array("q")
        for entry in data:
            text, newline, tail = entry.partition(b"\n")
            if newline:
                others.append(b"\n" + tail)
            fields = text.decode("latin-1").split(",", 2)
            number = to_count(fields[0])
            hits = to_count(fields[1]) if len(fields) > 1 else None
            if number is None or hits is None:
                self.malformed += 1
            else:
                record.state.lists_lines = True
                if to_line(number):  # tools put a function without a place on line 0
                    numbers.append(number)
                    counts.append(hits)
        self.builder.count_lines(len(numbers))
        record.add_lines(numbers, counts)
        return b"".join(others)

    def others(self, record: FileRecord, rest: bytes) -> None:
        """Take everything but the line counts."""
        state: _State = record.state
        if b"\nBRDA:" in rest:
            start = rest.find(b"\nBRDA:")
            stop = rest.find(b"\n", rest.rfind(b"\nBRDA:") + 1)
            found_branches = rest[start : len(rest) if stop < 0 else stop]
            if found_branches.count(b"\n") != found_branches.count(b"\nBRDA:"):
                found_branches = b"".join(_BRANCH.findall(rest))
            state.branches.append(found_branches)
        if b"\nBA:" in rest:
            state.branches.append(self.named(_BAZEL_BRANCH.findall(rest)))
        if self.builder.wants_function_lines and b"\nFN" in rest:
            self.function_lines(state, rest)
        totals = self.totals
        found = {key: int(value) for key, value in _SUMMARY.findall(rest)}
        for key, value in found.items():
            totals[key] = totals.get(key, 0) + value
        if b"FNF" not in found and b"\nFN:" in rest:
            found[b"FNF"] = len(_FUNCTION.findall(rest))
            found[b"FNH"] = len({n for hits, n in _FUNCTION_HITS.findall(rest) if int(hits) > 0})
        for key, name in _LARGEST_OF_RECORDS:
            if key in found:
                setattr(state, name, max(getattr(state, name) or 0, found[key]))

    def named(self, branches: list[tuple[bytes, bytes]]) -> bytes:
        """Write Bazel's branches, line and 0 to 2, as those of lcov, which have names."""
        lines = []
        for line, taken in branches:
            lines.append(b"\nBRDA:%b,0,%d,%d" % (line, self.places[line], taken == b"2"))
            self.places[line] += 1
        return b"".join(lines)

    def function_lines(self, state: _State, rest: bytes) -> None:
        """Keep the line on which each function starts, and its calls."""
        for line, name in _FUNCTION_LINE.findall(rest):
            state.function_starts[name] = int(line)
        for calls, name in _FUNCTION_HITS.findall(rest):
            state.calls[name] = max(min(int(calls), LARGEST), state.calls.get(name, 0))


def _settle(record: FileRecord, generator: str | None) -> None:
    """Decide the totals of a file once all of its records are known."""
    state: _State | None = record.state
    if state is None:
        return
    if state.functions is not None:
        record.functions = (state.functions, min(state.functions_hit or 0, state.functions))
    if state.branches_found is not None and not state.branches:
        taken = min(state.branches_hit or 0, state.branches_found)
        record.branches_total = (state.branches_found, taken)
    if state.lines is not None:
        is_better = generator == "gcovr" and state.records == 1 and state.lines > len(record.hits)
        if is_better or not (record.numbers or state.lists_lines):
            record.lines_total = (state.lines, min(state.lines_hit or 0, state.lines))
    if state.function_starts:
        _add_function_lines(record, state)


def _add_function_lines(record: FileRecord, state: _State) -> None:
    """Add rows for the lines of function heads that have no `DA:`; the totals leave them out."""
    if record.lines_total is None:
        covered = len(record.hits) - record.hits.count(0)
        record.lines_total = (len(record.numbers), covered)
    known = set(record.numbers)
    for name, line in state.function_starts.items():
        number = to_line(line)
        if number is not None and number not in known and name in state.calls:
            known.add(number)
            record.add_lines([number], [state.calls[name]])


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a trace into `builder`.

    Raises:
        ParseError: There is no source file in it.
    """
    stream: BinaryIO = as_stream(source)
    origin = stream.tell()
    encoding = sniff_encoding(stream.read(4096))
    stream.seek(origin)
    reader = _Reader(builder, is_careful=builder.wants_function_lines)
    try:
        _feed(reader, stream, encoding)
    except _AgainError:
        builder.reset()
        stream.seek(origin)
        reader = _Reader(builder, is_careful=True)
        _feed(reader, stream, encoding)
    if not builder.files:
        raise ParseError("no `SF:` line names a source file")
    if reader.malformed:
        builder.note(f"{reader.malformed} `DA:` lines are malformed")
    if reader.is_open:
        builder.note("the last record has no `end_of_record`: the report may be cut off")
    totals = reader.totals
    builder.declared_lines = (totals.get(b"LF"), totals.get(b"LH"))
    builder.declared_branches = (totals.get(b"BRF"), totals.get(b"BRH"))
    careful = (record for record in builder.files.values() if record.state is not None)
    texts = [(record, record.state.branches) for record in careful]
    join_branches((record, b"".join(parts)) for record, parts in texts if parts)
    builder.settle = lambda record: _settle(record, builder.generator)


def _feed(reader: _Reader, stream: BinaryIO, encoding: str) -> None:
    if encoding.startswith(("utf-16", "utf-32")):
        reader.block(decode_leniently(stream.read(RECORD_LIMIT), encoding).encode("utf-8"))
        return
    rest = b""
    while chunk := stream.read(CHUNK_BYTES):
        chunk = rest + chunk
        cut = chunk.rfind(b"\n") + 1
        rest = chunk[cut:]
        if len(rest) > RECORD_LIMIT:
            raise ParseError(f"a line is longer than {RECORD_LIMIT >> 20} MiB")
        reader.block(chunk[:cut].removeprefix(b"\xef\xbb\xbf"))
    reader.block(rest)
