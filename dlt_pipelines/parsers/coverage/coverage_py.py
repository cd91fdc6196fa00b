"""coverage.py: the JSON report, and the table that it prints (`coverage report`, pytest-cov).

Policy: executed lines have one hit (coverage.py counts none), missing ones 0; excluded lines are
not coverable. Branches of a line are the arcs that leave it. The printed table has totals per
file only: its `Missing` column names no covered line, so it makes no line rows, and partial
branches are no count of branches taken.
"""

import re
from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, Total
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source, text_lines
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, read_document

FORMATS = ("coveragepy-json", "coveragepy-text")

_HEADER = re.compile(
    r"^[ \t|]*Name[ \t|]+Stmts[ \t|]+Miss[ \t|]+(?:Branch[ \t|]+BrPart[ \t|]+)?Cover"
)
_IN_TEXT = re.compile(_HEADER.pattern, re.MULTILINE)
_ROW = re.compile(
    r"^[ \t|]*+(?P<name>\S.*?)(?<![ \t|])[ \t|]++(?P<stmts>\d++)[ \t|]++(?P<miss>\d++)[ \t|]++"
    r"(?:(?P<branch>\d++)[ \t|]++(?P<partial>\d++)[ \t|]++)?(?P<cover>[\d.]++)%"
)
_ROW_CHARACTERS = 4_096
_HEAD_LINES = 400_000


def detect(head: Head) -> str | None:
    """Recognise the JSON by its parts, the table by its head line."""
    if head.is_json:
        is_map = {"meta", "files"} <= head.json_keys or {"files", "totals"} <= head.json_keys
        ends = {path.rpartition(".")[2] for path in head.json_paths}
        return "coveragepy-json" if is_map and {"executed_lines", "missing_lines"} & ends else None
    if head.is_xml:
        return None
    return "coveragepy-text" if _IN_TEXT.search(head.text) else None


def read(source: Source, builder: ReportBuilder) -> None:
    """Read either report into `builder`.

    Raises:
        ParseError: The content isn't the report it looked like.
    """
    if builder.format == "coveragepy-json":
        _read_json(source, builder)
    else:
        _read_table(source, builder)


def _total(summary: dict[str, Any], valid: str, covered: str) -> Total | None:
    pair = to_count(summary.get(valid)), to_count(summary.get(covered))
    return None if pair[0] is None or pair[1] is None else (pair[0], pair[1])


def _read_json(source: Source, builder: ReportBuilder) -> None:
    found = read_document(source)
    builder.note(found.problem)
    document = as_dict(found.value)
    if not isinstance(document.get("files"), dict):
        raise ParseError("the JSON document has no `files`")
    version = as_dict(document.get("meta")).get("version")
    builder.generator = f"coverage.py {version}" if version else "coverage.py"
    for path, entry in document["files"].items():
        entry = as_dict(entry)
        lines: dict[int, int] = {}
        excluded = {to_line(value) for value in as_list(entry.get("excluded_lines"))}
        for field, hits in (("missing_lines", 0), ("executed_lines", 1)):
            for value in as_list(entry.get(field)):
                number = to_line(value)
                if number is not None and number not in excluded:
                    lines[number] = hits
        branches: dict[int, tuple[int, int]] | None = None
        if "executed_branches" in entry or "missing_branches" in entry:
            branches = {}
            for field, taken in (("missing_branches", 0), ("executed_branches", 1)):
                for arc in as_list(entry.get(field)):
                    number = to_line(arc[0]) if isinstance(arc, list) and arc else None
                    valid, covered = branches.get(number or 0, (0, 0))
                    branches[number or 0] = (valid + 1, covered + taken)
        # Before version 7, lines that ran without being statements are executed ones as well.
        summary = as_dict(entry.get("summary"))
        if to_count(summary.get("num_statements")) == 0:
            lines.clear()
        record = builder.add(path, lines, branches)
        record.lines_total = _total(summary, "num_statements", "covered_lines")
        record.branches_total = _total(summary, "num_branches", "covered_branches")
        # The one without a name holds what stands outside of functions.
        named = as_dict(entry.get("functions")).items()
        functions = [as_dict(value) for name, value in named if name]
        if functions:
            hit = sum(1 for function in functions if as_list(function.get("executed_lines")))
            record.functions = (len(functions), hit)
    totals = as_dict(document.get("totals"))
    builder.declared_lines = _total(totals, "num_statements", "covered_lines") or (None, None)
    builder.declared_branches = _total(totals, "num_branches", "covered_branches") or (None, None)


def _read_table(source: Source, builder: ReportBuilder) -> None:
    builder.generator = "coverage.py"
    is_inside = is_done = False
    total: Total | None = None
    for count, line in enumerate(text_lines(source)):
        if not is_inside:
            # A log may hold a whole test session before the table; the last table counts.
            is_inside = bool(_HEADER.match(line))
            if is_inside and is_done:
                builder.files.clear()
            if count > _HEAD_LINES and not is_done and not is_inside:
                break
            continue
        # As Markdown the last row is bold.
        found = _ROW.match(line.replace("**", "")) if len(line) <= _ROW_CHARACTERS else None
        if found is None:
            continue
        valid = to_count(found["stmts"]) or 0
        covered = max(valid - (to_count(found["miss"]) or 0), 0)
        if found["name"].strip("* |") == "TOTAL":
            total = (valid, covered)
            is_inside, is_done = False, True
        else:
            builder.file(found["name"].strip()).lines_total = (valid, covered)
    if total is None and not builder.files:
        raise ParseError("no row of a coverage table in it")
    if total is None:
        builder.note("the table has no `TOTAL` row: the report may be cut off")
    else:
        # Rows of fully covered files may be left out; the total never leaves them out.
        builder.lines_total = builder.declared_lines = total
