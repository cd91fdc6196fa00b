"""llvm-cov JSON (`llvm-cov export`, cargo-llvm-cov, Swift): files with a summary and segments.

Policy: the summary of a file is its total (llvm counts a line once per function there); its line
rows come from the segments by llvm's own rule: a line has the count of the region it is wrapped
in, or the largest count of the regions that start on it, and none where no region has one.
Source: `LineCoverageStats` in llvm/lib/ProfileData/Coverage/CoverageMapping.cpp.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, Total
from dlt_pipelines.parsers.coverage.json_parts import read_whole_or_parts
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list

FORMATS = ("llvm-cov-json",)


def detect(head: Head) -> str | None:
    """Recognise the export by its type, or by `data` with files and their summaries."""
    if not head.is_json:
        return None
    is_export = "data.files.filename" in head.json_paths and "data" in head.json_keys
    if is_export and ("data.files.summary" in head.json_paths or "llvm.coverage" in head.text):
        return "llvm-cov-json"
    return "llvm-cov-json" if "llvm.coverage.json.export" in head.text else None


Segment = tuple[int, int, int, bool, bool, bool]


def _segment(value: Any) -> Segment | None:
    """Read one segment: line, column, count, has count, starts a region, is a gap."""
    parts = as_list(value)
    if len(parts) < 5:
        return None
    line = to_line(parts[0])
    if line is None:
        return None
    is_gap = bool(parts[5]) if len(parts) > 5 else False
    return (
        line,
        to_count(parts[1]) or 0,
        to_count(parts[2]) or 0,
        bool(parts[3]),
        bool(parts[4]),
        is_gap,
    )


def _lines(segments: list[Segment], builder: ReportBuilder) -> dict[int, int]:
    lines: dict[int, int] = {}
    wrapped: Segment | None = None
    position, count = 0, len(segments)
    while position < count:
        line = segments[position][0]
        end = position
        while end < count and segments[end][0] == line:
            end += 1
        on_line = segments[position:end]
        hits = _line_hits(wrapped, on_line)
        if hits is not None:
            lines[line] = hits
        wrapped = on_line[-1]
        following = segments[end][0] if end < count else line + 1
        if wrapped[3]:
            lines.update(dict.fromkeys(builder.span(line + 1, following - 1), wrapped[2]))
        position = end
    return lines


def _line_hits(wrapped: Segment | None, on_line: list[Segment]) -> int | None:
    starts = [part for part in on_line if part[3] and part[4] and not part[5]]
    is_skipped = bool(on_line) and not on_line[0][3] and on_line[0][4]
    is_wrapped = wrapped is not None and wrapped[3]
    is_entered = any(part[3] and part[4] for part in on_line)
    if not is_entered and (is_skipped or not is_wrapped):
        return None
    hits = wrapped[2] if wrapped is not None and is_wrapped else 0
    return max([hits, *(part[2] for part in starts)])


def _branches(values: list[Any]) -> dict[int, tuple[int, int]]:
    """Read branches: start line, start column, end line, end column, true count, false count."""
    branches: dict[int, tuple[int, int]] = {}
    for value in values:
        parts = as_list(value)
        if len(parts) < 6:
            continue
        number = to_line(parts[0]) or 0
        valid, covered = branches.get(number, (0, 0))
        taken = bool(to_count(parts[4])) + bool(to_count(parts[5]))
        branches[number] = (valid + 2, covered + taken)
    return branches


def _pair(summary: dict[str, Any], kind: str) -> Total | None:
    section = as_dict(summary.get(kind))
    total, covered = to_count(section.get("count")), to_count(section.get("covered"))
    return None if total is None or covered is None else (total, covered)


def read(source: Source, builder: ReportBuilder) -> None:
    """Read an export into `builder`.

    Raises:
        ParseError: There is no `data` in it.
    """
    builder.generator = "llvm-cov"
    whole, parts = read_whole_or_parts(source, ("data", 0, "files"))
    if whole is None:
        try:
            for _, entry in parts:
                _read_file(as_dict(entry), builder)
        except ParseError as error:
            if not builder.files:
                raise
            builder.note(error.reason)
        return
    builder.note(whole.problem)
    exports = as_dict(whole.value).get("data")
    if not isinstance(exports, list):
        raise ParseError("the JSON document has no list `data`")
    for export in map(as_dict, exports):
        for entry in map(as_dict, as_list(export.get("files"))):
            _read_file(entry, builder)
        totals = as_dict(export.get("totals"))
        if len(exports) == 1:
            builder.declared_lines = _pair(totals, "lines") or (None, None)
            builder.declared_branches = _pair(totals, "branches") or (None, None)


def _read_file(entry: dict[str, Any], builder: ReportBuilder) -> None:
    parts = map(_segment, as_list(entry.get("segments")))
    segments = [part for part in parts if part is not None]
    branches = _branches(as_list(entry.get("branches")))
    path = str(entry.get("filename") or "")
    record = builder.add(path, _lines(segments, builder), branches)
    summary = as_dict(entry.get("summary"))
    record.lines_total = _pair(summary, "lines")
    record.branches_total = _pair(summary, "branches")
    record.functions = _pair(summary, "functions")
