"""Reports of reports: octocov's `report.json` and ReportGenerator's `Summary.json`.

Policy: their totals are taken as they are (octocov's count what the original counted: statements
or lines). octocov's blocks give line rows, every line of a block with its count.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, Total
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, read_document

FORMATS = ("octocov-json", "reportgenerator-summary-json")


def detect(head: Head) -> str | None:
    """Recognise either by its keys."""
    if not head.is_json or head.is_json_array:
        return None
    paths = head.json_paths
    if "summary.coverablelines" in paths or "coverage.assemblies" in paths:
        return "reportgenerator-summary-json"
    if {"coverage.total", "coverage.covered"} <= paths and "coverage.format" in paths:
        return "octocov-json"
    return None


def _pair(section: dict[str, Any], valid: str, covered: str) -> Total | None:
    pair = to_count(section.get(valid)), to_count(section.get(covered))
    return None if pair[0] is None or pair[1] is None else (pair[0], pair[1])


def read(source: Source, builder: ReportBuilder) -> None:
    """Read either report into `builder`.

    Raises:
        ParseError: The content isn't the report it looked like.
    """
    found = read_document(source)
    builder.note(found.problem)
    document = as_dict(found.value)
    if builder.format == "octocov-json":
        _read_octocov(as_dict(document.get("coverage")), builder)
    else:
        _read_summary(document, builder)


def _read_octocov(coverage: dict[str, Any], builder: ReportBuilder) -> None:
    total = _pair(coverage, "total", "covered")
    if total is None:
        raise ParseError("`coverage` has no `total` and `covered`")
    builder.generator = f"octocov ({coverage.get('format') or 'unknown'})"
    builder.lines_total = builder.declared_lines = total
    for entry in map(as_dict, as_list(coverage.get("files"))):
        lines: dict[int, int] = {}
        for block in map(as_dict, as_list(entry.get("blocks"))):
            first, hits = to_line(block.get("start_line")), to_count(block.get("count"))
            last = to_line(block.get("end_line")) or first
            if first is None or last is None or hits is None or last - first > 100_000:
                continue
            for number in builder.span(first, last):
                if hits > lines.get(number, -1):
                    lines[number] = hits
        record = builder.add(str(entry.get("file") or ""), lines)
        record.lines_total = _pair(entry, "total", "covered")


def _read_summary(document: dict[str, Any], builder: ReportBuilder) -> None:
    builder.generator = "ReportGenerator"
    for assembly in map(as_dict, as_list(as_dict(document.get("coverage")).get("assemblies"))):
        for entry in map(as_dict, as_list(assembly.get("classesinassembly"))):
            record = builder.file(str(entry.get("name") or ""), str(assembly.get("name") or ""))
            record.lines_total = _pair(entry, "coverablelines", "coveredlines")
            record.branches_total = _pair(entry, "totalbranches", "coveredbranches")
            record.functions = _pair(entry, "totalmethods", "coveredmethods")
    summary = as_dict(document.get("summary"))
    lines = _pair(summary, "coverablelines", "coveredlines")
    branches = _pair(summary, "totalbranches", "coveredbranches")
    builder.lines_total, builder.branches_total = lines, branches
    builder.declared_lines = lines or (None, None)
    builder.declared_branches = branches or (None, None)
