"""Source printed line by line with its counts in front: `llvm-cov show`, LuaCov, D's `-cov`.

    /w/a.c:                      ==========            |import std.stdio;
        1|       |#include       cart.lua            12|    total += price;
        2|    12k|int add()      ==========      0000000|    drop();
        3|      0|  drop();      **0 drop()      source/app.d is 50% covered

Policy:
    * `llvm-cov show` (also as Xcode runs it): a line without a count isn't coverable. Counts are
      rounded (`1.2k`), so that hits are, too. Expansions and instantiations, set off between the
      lines, are not counted again; branches are those of the file itself, each condition two. The
      count stands behind the line's number, before 2017 in front of it.
    * LuaCov: `**0` is 0. Columns are as wide as the largest count needs; what stands behind them
      is source, be it a number. The totals of the summary are declared.
    * D: blanks in front, not coverable; zeros, never run. The last line names the file.
Sources: llvm/tools/llvm-cov/SourceCoverageViewText.cpp, luacov/reporter.lua, rt/cover.d of
druntime.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE, to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source, text_lines
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head

FORMATS = ("llvm-cov-text", "luacov-text", "dlang-text")

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_COUNT = r"\d[\d.]{0,20}[kMGTPEZY]?"
_UNITS = {unit: 1000 ** (power + 1) for power, unit in enumerate("kMGTPEZY")}
# Of what is set off, with one more bar in front, this reads a place without a count: no line.
_LLVM_LINE = re.compile(rf" *({_COUNT})?\| *({_COUNT})?\|")
_LLVM_BRANCH = re.compile(
    rf"  \|  Branch \((\d{{1,9}}):\d+\): \[True: ({_COUNT})[^,]*, False: ({_COUNT})[^\]]*\]"
)
_LLVM_START = re.compile(
    rf"^\S[^\n]*:\r?\n {{2,}}(?:1\| *(?:{_COUNT})?\||(?:{_COUNT})?\| {{2,}}1\|)", re.MULTILINE
)
_BAR = "=" * 78
_LUA_SUMMARY = "Summary"
_LUA_START = re.compile(rf"^{_BAR}\r?\n[^=\s][^\n]*\n{_BAR}\r?$", re.MULTILINE)
_LUA_COUNT = re.compile(r"(?:\*+0| +\d{1,20})(?= |$)")
_IN_LUA = re.compile(rf"^{_LUA_COUNT.pattern}", re.MULTILINE)
_LUA_TOTAL = re.compile(r"Total +(\d{1,9}) +(\d{1,9}) +[\d.]+%")
_D_LINE = re.compile(r"(?: {7,}| *\d+)\|")
_D_START = re.compile(r"(?:(?: {7}|[ \d]{6}\d)\|[^\n]*\n){2}")
_D_END = re.compile(r"(\S.*) (?:is \d{1,3}% covered|has no code)$")
_IN_D = re.compile(rf"^(?:{_D_END.pattern[:-1]}\r?$|0000000\|)", re.MULTILINE)


def detect(head: Head) -> str | None:
    """Recognise each by its columns and what stands around them."""
    if head.is_xml or head.is_json:
        return None
    text = head.text
    if _LUA_START.search(text) and _IN_LUA.search(text):
        return "luacov-text"
    if _D_START.match(text) and _IN_D.search(text):
        return "dlang-text"
    if "|" in text and _LLVM_START.search(_COLOUR.sub("", text)):
        return "llvm-cov-text"
    return None


def read(source: Source, builder: ReportBuilder) -> None:
    """Read any of them into `builder`.

    Raises:
        ParseError: The content isn't the report it looked like.
    """
    _READERS[builder.format](source, builder)
    if not builder.files:
        raise ParseError("no line of annotated source in it")


def _hits(text: str) -> int:
    unit = _UNITS.get(text[-1], 1)
    return min(round(float(text.rstrip("".join(_UNITS)).rstrip(".")) * unit), LARGEST)


class _Llvm:
    """Collects one file of `llvm-cov show`; whether numbers come first shows at its end."""

    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.start(None)

    def start(self, path: str | None) -> None:
        self.path = path
        self.columns: tuple[list[str], list[str]] = [], []
        self.branches: dict[int, tuple[int, int]] = {}

    def branch(self, found: re.Match[str]) -> None:
        number = to_line(found[1]) or 0
        valid, covered = self.branches.get(number, (0, 0))
        taken = (_hits(found[2]) > 0) + (_hits(found[3]) > 0)
        self.branches[number] = (valid + 2, covered + taken)

    def close(self) -> None:
        if self.path is None:
            return
        numbers, counts = sorted(self.columns, key=_follow, reverse=True)
        lines = {
            place: _hits(count)
            for number, count in zip(numbers, counts, strict=True)
            if count and (place := to_line(number)) is not None
        }
        record = self.builder.file(self.path)
        record.add_lines(list(lines), list(lines.values()), is_unique=True)
        if self.branches:
            record.add_branches(self.branches)


def _follow(column: list[str]) -> int:
    """Count how often a number follows the one before it."""
    numbers = [int(text) if text.isdecimal() else -1 for text in column]
    return sum(after == before + 1 for before, after in pairwise([0, *numbers]))


def _read_llvm(source: Source, builder: ReportBuilder) -> None:
    builder.generator = "llvm-cov"
    file = _Llvm(builder)
    heading = None
    for raw in text_lines(source):
        line = _COLOUR.sub("", raw) if "\x1b" in raw else raw
        found = _LLVM_LINE.match(line)
        if found is not None:
            if heading is not None:
                file.close()
                file.start(heading)
            builder.count_lines(1)
            for column, text in zip(file.columns, found.groups(""), strict=True):
                column.append(text)
        elif branch := _LLVM_BRANCH.match(line):
            file.branch(branch)
        is_heading = found is None and line.endswith(":") and not line.startswith(" ")
        heading = line[:-1] if is_heading and len(line) > 1 else None
    file.close()


def _read_lua(source: Source, builder: ReportBuilder) -> None:
    builder.generator = "LuaCov"
    counted: dict[str, list[tuple[int, str]]] = {}
    path = None
    before = ["", ""]
    number = 0
    for line in text_lines(source):
        if line == _BAR and before[0] == _BAR and before[1]:
            path, number = before[1].strip(), 0
            counted.setdefault(path, [])
        elif path is not None:
            number += 1
            if found := _LUA_COUNT.match(line):
                builder.count_lines(1)
                counted[path].append((number, found[0]))
            elif path == _LUA_SUMMARY and (total := _LUA_TOTAL.match(line)):
                hit, missed = int(total[1]), int(total[2])
                builder.declared_lines = (hit + missed, hit)
        before = [before[1], line]
    if counted.pop(_LUA_SUMMARY, None) is None:
        builder.note("no summary stands at the end: the report may be cut off")
    width = min((len(text) for entries in counted.values() for _, text in entries), default=0)
    for name, entries in counted.items():
        lines = {
            number: to_count(text.strip(" *")) or 0
            for number, text in entries
            if len(text) == width and number <= LAST_LINE
        }
        builder.file(name).add_lines(list(lines), list(lines.values()), is_unique=True)


def _read_d(source: Source, builder: ReportBuilder) -> None:
    builder.generator = "D"
    lines: dict[int, int] = {}
    number = 0
    path = None
    for line in text_lines(source):
        if _D_LINE.match(line):
            number += 1
            hits = to_count(line.partition("|")[0].strip())
            if hits is not None and number <= LAST_LINE:
                builder.count_lines(1)
                lines[number] = hits
        elif found := _D_END.match(line):
            path = found[1]
    if path is None:
        builder.note("the last line, which names the file, is missing")
        path = builder.name.replace("\\", "/").rpartition("/")[2].removesuffix(".lst")
    builder.file(path or "unknown").add_lines(list(lines), list(lines.values()), is_unique=True)


_READERS: dict[str, Callable[[Source, ReportBuilder], None]] = {
    "llvm-cov-text": _read_llvm,
    "luacov-text": _read_lua,
    "dlang-text": _read_d,
}
