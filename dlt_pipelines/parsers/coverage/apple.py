"""Xcode's `xcrun xccov view --json`: of a report (`--report`), or the lines of an archive.

Policy: a report has totals of each file and no lines. A file that several targets build is one
file, with the most that a target covered of it, so a total may be below Xcode's, which adds up
what each target says and is kept as declared. Lines that are not executable have no row.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, Total
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document

FORMATS = ("xccov-json", "xccov-lines-json")

_OF_FILES = frozenset({"files.coveredLines", "files.executableLines"})


def detect(head: Head) -> str | None:
    """Recognise a report by its targets or their files, lines by what they say of themselves."""
    paths = head.json_paths
    if not head.is_json:
        return None
    if paths >= _OF_FILES or {f"targets.{path}" for path in _OF_FILES} <= paths:
        return "xccov-json"
    if not head.is_json_array and any(path.endswith(".isExecutable") for path in paths):
        return "xccov-lines-json"
    return None


def _total(item: dict[str, Any]) -> Total | None:
    valid, covered = to_count(item.get("executableLines")), to_count(item.get("coveredLines"))
    return None if valid is None or covered is None else (valid, min(covered, valid))


def read(source: Source, builder: ReportBuilder) -> None:
    """Read either into `builder`.

    Raises:
        ParseError: The document holds neither files nor lines.
    """
    found = read_document(source)
    builder.note(found.problem)
    builder.generator = "xccov"
    if builder.format == "xccov-json":
        _read_report(found.value, builder)
        return
    if not isinstance(found.value, dict):
        raise ParseError("the JSON document is no object of files")
    for path, entries in found.value.items():
        lines: dict[int, int] = {}
        for entry in dicts(entries):
            number, hits = to_line(entry.get("line")), to_count(entry.get("executionCount"))
            if number is not None and entry.get("isExecutable") is True:
                lines[number] = hits or 0
        builder.add(path, lines)


def _read_report(document: Any, builder: ReportBuilder) -> None:
    report = as_dict(document)
    targets = dicts(as_list(document) or report.get("targets"))
    if "files" in report:
        targets = [report]
    if not targets:
        raise ParseError("the JSON document has no `targets`")
    declared = _total(report)
    if declared is not None:
        builder.declared_lines = declared
    for target in targets:
        for item in dicts(target.get("files")):
            total = _total(item)
            path = str(item.get("path") or item.get("name") or "")
            if total is None or not path:
                continue
            record = builder.file(path, str(target.get("name") or "") or None)
            known = record.lines_total or total
            record.lines_total = (max(known[0], total[0]), max(known[1], total[1]))
            functions = dicts(item.get("functions"))
            if functions:
                hit = sum(1 for function in functions if to_count(function.get("executionCount")))
                record.functions = (len(functions), hit)
