"""Istanbul JSON (nyc, jest, vitest, c8): `coverage-final.json` and `coverage-summary.json`.

Policy: a line is the start line of a statement, with the most hits of the statements that start
on it (Istanbul's own rule); every path of a branch is a branch of the line where it starts. What
comments left out is neither: Istanbul before 1.0 lists it, marked `skip`. The summary has totals
only.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, Total
from dlt_pipelines.parsers.coverage.json_parts import read_whole_or_parts
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list

FORMATS = ("istanbul-json", "istanbul-summary-json")
_WITH_TESTS = "coverageMap"


def detect(head: Head) -> str | None:
    """Recognise a map of files by what a file holds."""
    if not head.is_json or head.is_json_array or "statementMap" in head.json_keys:
        return None
    if any(f"{key}.statementMap" in head.json_paths for key in head.json_keys):
        return "istanbul-json"
    if {_WITH_TESTS, "testResults"} <= head.json_keys and any(
        path.startswith(f"{_WITH_TESTS}.") and path.endswith(".statementMap")
        for path in head.json_paths
    ):
        return "istanbul-json"
    if any(f"{key}.data.statementMap" in head.json_paths for key in head.json_keys):
        return "istanbul-json"
    if "total" in head.json_keys and {"total.lines", "total.statements"} <= head.json_paths:
        return "istanbul-summary-json" if "coverage" not in head.json_keys else None
    return None


def _start(place: Any) -> int | None:
    return to_line(as_dict(as_dict(place).get("start")).get("line"))


def _is_left_out(place: Any) -> bool:
    return as_dict(place).get("skip") is True


def _lines(entry: dict[str, Any]) -> dict[int, int]:
    counts = as_dict(entry.get("s"))
    lines: dict[int, int] = {}
    for key, place in as_dict(entry.get("statementMap")).items():
        number, hits = _start(place), to_count(counts.get(key))
        if _is_left_out(place):
            continue
        if number is not None and hits is not None and hits > lines.get(number, -1):
            lines[number] = hits
    return lines


def _branches(entry: dict[str, Any]) -> dict[int, tuple[int, int]]:
    counts = as_dict(entry.get("b"))
    branches: dict[int, tuple[int, int]] = {}
    for key, branch in as_dict(entry.get("branchMap")).items():
        branch = as_dict(branch)
        number = to_line(branch.get("line")) or _start(branch.get("loc"))
        places = as_list(branch.get("locations"))
        if number is None:
            number = _start(places[0]) if places else None
        left_out = {index for index, place in enumerate(places) if _is_left_out(place)}
        paths = enumerate(as_list(counts.get(key)))
        taken = [to_count(value) or 0 for index, value in paths if index not in left_out]
        valid, covered = branches.get(number or 0, (0, 0))
        branches[number or 0] = (
            valid + len(taken),
            covered + sum(1 for count in taken if count),
        )
    return branches


def _pair(section: Any) -> Total | None:
    section = as_dict(section)
    total, covered = to_count(section.get("total")), to_count(section.get("covered"))
    return None if total is None or covered is None else (total, covered)


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: It is no JSON object of files.
    """
    builder.measures_branches = True
    whole, parts = read_whole_or_parts(source, ())
    if whole is None:
        try:
            for path, entry in parts:
                _read_entry(path, entry, builder)
        except ParseError as error:
            if not builder.files:
                raise
            builder.note(error.reason)
        return
    builder.note(whole.problem)
    if not isinstance(whole.value, dict):
        raise ParseError("the JSON document is no map of files")
    if builder.format == "istanbul-summary-json":
        _read_summary(whole.value, builder)
        return
    for path, entry in whole.value.items():
        _read_entry(path, entry, builder)


def _read_entry(key: str, entry: Any, builder: ReportBuilder) -> None:
    """Read a file, or the files beside results of tests, whose other parts are no files."""
    files = as_dict(entry) if key == _WITH_TESTS else {key: entry}
    for path, file in files.items():
        _read_file(path, file, builder)


def _read_file(path: str, entry: Any, builder: ReportBuilder) -> None:
    entry = as_dict(entry)
    entry = as_dict(entry.get("data")) or entry  # older writers wrap the file
    if "statementMap" not in entry:
        return
    record = builder.add(str(entry.get("path") or path), _lines(entry), _branches(entry))
    places = as_dict(entry.get("fnMap"))
    functions = [
        to_count(count) or 0
        for key, count in as_dict(entry.get("f")).items()
        if not _is_left_out(places.get(key))
    ]
    record.functions = (len(functions), sum(1 for count in functions if count))


def _read_summary(document: dict[str, Any], builder: ReportBuilder) -> None:
    for path, entry in document.items():
        if path == "total" or not isinstance(entry, dict):
            continue
        record = builder.file(path)
        record.lines_total = _pair(entry.get("lines"))
        record.branches_total = _pair(entry.get("branches"))
        record.functions = _pair(entry.get("functions"))
    total = as_dict(document.get("total"))
    lines, branches = _pair(total.get("lines")), _pair(total.get("branches"))
    builder.lines_total, builder.branches_total = lines, branches
    builder.declared_lines = lines or (None, None)
    builder.declared_branches = branches or (None, None)
