"""SimpleCov JSON (Ruby): `.resultset.json` and the JSON formatters' `coverage.json`.

The older formatter, the gem simplecov-json, lists the files; that of SimpleCov maps them.

Policy: one entry per source line, null for lines that aren't coverable and `"ignored"` for those
left out by comments; the same file in several suites is merged, hits add up, as
SimpleCov adds them. Branches are counted each, on the line where they start.
"""

import re
from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import LAST_LINE, to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, read_document

FORMATS = ("simplecov-json",)

# Formatters of others that write what SimpleCov's own does leave out the version, not the root.
_META = frozenset({"meta.simplecov_version", "meta.simplecov_root"})
_LISTED = frozenset({"files.filename", "files.coverage"})
_BRANCH_KEY = re.compile(r"\[\s*:\"?\w+\"?,\s*\d+,\s*(\d+),")


def detect(head: Head) -> str | None:
    """Recognise suites with `coverage` and `timestamp`, or the formatter's `meta`."""
    if not head.is_json or head.is_json_array:
        return None
    if _META & head.json_paths or head.json_paths >= _LISTED:
        return "simplecov-json"
    suites = [
        path.partition(".")[0]
        for path in head.json_paths
        if path.count(".") == 1
        and path.endswith(".coverage")
        and f"{path}.lines" not in head.json_paths  # no file is called so: a list of objects
    ]
    for suite in suites:
        if f"{suite}.timestamp" in head.json_paths or len(head.json_keys) == 1:
            return "simplecov-json"
        files = (path.removesuffix(".lines") for path in head.json_paths if path.endswith(".lines"))
        if any(path.startswith(f"{suite}.coverage.") for path in files):
            return "simplecov-json"
    return None


def _lines(values: list[Any]) -> dict[int, int]:
    lines: dict[int, int] = {}
    for number, value in enumerate(values[:LAST_LINE], start=1):
        hits = to_count(value) if not isinstance(value, str) else None
        if hits is not None:
            lines[number] = hits
    return lines


def _branches(value: Any) -> dict[int, tuple[int, int]]:
    """Read branches of either shape: condition → branch → count, or a list of branches."""
    branches: dict[int, tuple[int, int]] = {}
    found: list[tuple[int, int]] = []
    for paths in as_dict(value).values():
        for key, count in as_dict(paths).items():
            place = _BRANCH_KEY.match(key)
            found.append((int(place[1][:9]) if place else 0, to_count(count) or 0))
    for branch in map(as_dict, as_list(value)):
        if branch.get("coverage") != "ignored":
            place_line = to_line(branch.get("report_line")) or to_line(branch.get("start_line"))
            found.append((place_line or 0, to_count(branch.get("coverage")) or 0))
    for number, count in found:
        valid, covered = branches.get(number, (0, 0))
        branches[number] = (valid + 1, covered + (count > 0))
    return branches


def _add_files(files: dict[str, Any], builder: ReportBuilder) -> None:
    for path, entry in files.items():
        if isinstance(entry, list):
            builder.add(path, _lines(entry))
        elif isinstance(entry, dict):
            has_branches = "branches" in entry
            branches = _branches(entry.get("branches")) if has_branches else None
            record = builder.add(path, _lines(as_list(entry.get("lines"))), branches)
            methods = entry.get("methods")
            if isinstance(methods, dict) and methods:
                hit = sum(1 for count in methods.values() if to_count(count))
                record.functions = (len(methods), hit)


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: There is no `coverage` in it.
    """
    found = read_document(source)
    builder.note(found.problem)
    document = as_dict(found.value)
    meta = as_dict(document.get("meta"))
    if any(f"meta.{name}" in _META for name in meta):
        builder.generator = f"SimpleCov {meta.get('simplecov_version') or ''}".rstrip()
        _add_files(as_dict(document.get("coverage")), builder)
        totals = as_dict(as_dict(document.get("total")).get("lines"))
        builder.declared_lines = (to_count(totals.get("total")), to_count(totals.get("covered")))
        return
    if isinstance(document.get("files"), list):
        _read_list(document, builder)
        return
    suites = {
        name: suite["coverage"]
        for name, suite in document.items()
        if isinstance(suite, dict) and isinstance(suite.get("coverage"), dict)
    }
    if not suites:
        raise ParseError("no suite with `coverage` in it")
    builder.generator = "SimpleCov"
    builder.flag = ", ".join(suites)[:500]
    for files in suites.values():
        _add_files(files, builder)


def _read_list(document: dict[str, Any], builder: ReportBuilder) -> None:
    files = [as_dict(entry) for entry in document["files"]]
    _add_files(
        {str(entry.get("filename") or ""): entry.get("coverage") for entry in files}, builder
    )
    builder.generator = "SimpleCov"
    builder.flag = str(document["command_name"])[:500] if document.get("command_name") else None
    metrics = as_dict(document.get("metrics"))
    builder.declared_lines = (
        to_count(metrics.get("total_lines")),
        to_count(metrics.get("covered_lines")),
    )
