"""gcov and gcovr: annotated source text, gcc's JSON, gcovr's JSON and its JSON summary.

Policy:
    * gcov text: `#####` and `=====` are 0 hits, `-` isn't coverable, a `*` after a count marks
      an unexecuted block of a line that ran. A line repeated for template instances has the most
      hits. The older intermediate text (`lcount:`) is read as well.
    * JSON: a line listed once per function has one row. In the file's totals gcovr counts it once
      per function, gcc's own summary once. Lines marked non-code or excluded are not coverable.
"""

import re
from typing import Any

from dlt_pipelines.parsers.coverage.builder import FileRecord, ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source, text_lines
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, read_document

FORMATS = ("gcov-text", "gcov-json", "gcovr-json", "gcovr-summary-json")

_TEXT_LINE = re.compile(r"^\s*(-|#####|=====|[\d.]+[kMGTPEZY]?\*?):\s*(\d+):(.*)$")
_HEAD_LINE = re.compile(r"^[ \t]*-:[ \t]*0:(?:Source|Graph|Data|Runs|Programs):", re.MULTILINE)
_BRANCH = re.compile(r"^branch\s+\d+ (?:taken (\d+)|never executed)")
_COUNT_LINE = re.compile(r"^lcount:\d+,-?\d+", re.MULTILINE)
_UNITS = {unit: 1000 ** (power + 1) for power, unit in enumerate("kMGTPEZY")}


def detect(head: Head) -> str | None:
    """Recognise text by its head lines or counts, JSON by its keys."""
    if head.is_json:
        return _detect_json(head)
    if head.is_xml:
        return None
    if _HEAD_LINE.search(head.text) or (
        _COUNT_LINE.search(head.text) and re.search("^file:", head.text, re.MULTILINE)
    ):
        return "gcov-text"
    return None


def _detect_json(head: Head) -> str | None:
    if "gcovr/summary_format_version" in head.json_keys:
        return "gcovr-summary-json"
    if "gcovr/format_version" in head.json_keys:
        return "gcovr-json"
    if "gcc_version" in head.json_keys and "files" in head.json_keys:
        return "gcov-json"
    return "gcovr-json" if {"files.lines.gcovr/noncode", "files.file"} <= head.json_paths else None


def read(source: Source, builder: ReportBuilder) -> None:
    """Read any of the formats into `builder`.

    Raises:
        ParseError: The content isn't the report it looked like.
    """
    if builder.format == "gcov-text":
        _read_text(source, builder)
        return
    found = read_document(source)
    builder.note(found.problem)
    document = found.value
    files = as_dict(document).get("files")
    if not isinstance(files, list):
        raise ParseError("the JSON document has no list of `files`")
    builder.measures_branches = True
    if builder.format == "gcovr-summary-json":
        _read_summary(as_dict(document), builder)
        return
    version = as_dict(document).get("gcc_version")
    builder.generator = f"gcov {version}" if version else "gcovr"
    for entry in files:
        _read_file(as_dict(entry), builder)


def _read_file(entry: dict[str, Any], builder: ReportBuilder) -> None:
    lines: dict[int, int] = {}
    branches: dict[int, tuple[int, int]] = {}
    entries = entries_hit = 0
    for line in as_list(entry.get("lines")):
        line = as_dict(line)
        number, hits = to_line(line.get("line_number")), to_count(line.get("count"))
        if number is None or hits is None:
            continue
        if line.get("gcovr/noncode") is True or line.get("gcovr/excluded") is True:
            continue
        entries += 1
        entries_hit += hits > 0
        lines[number] = max(hits, lines.get(number, 0))
        taken = [
            (to_count(branch.get("count")) or 0) > 0
            for branch in map(as_dict, as_list(line.get("branches")))
            if branch.get("gcovr/excluded") is not True
        ]
        if taken:
            valid, covered = branches.get(number, (0, 0))
            branches[number] = (valid + len(taken), covered + sum(taken))
    path = str(entry.get("file") or "")
    record = builder.add(path, lines, branches)
    if builder.format == "gcovr-json":
        record.extra_valid += entries - len(lines)
        record.extra_covered += entries_hit - sum(1 for hits in lines.values() if hits)
    functions = [as_dict(function) for function in as_list(entry.get("functions"))]
    if functions:
        hit = sum(1 for function in functions if to_count(function.get("execution_count")))
        record.functions = (len(functions), hit)


def _read_summary(document: dict[str, Any], builder: ReportBuilder) -> None:
    for entry in as_list(document.get("files")):
        entry = as_dict(entry)
        _set_totals(builder.file(str(entry.get("filename") or "")), entry)
    lines = to_count(document.get("line_total")), to_count(document.get("line_covered"))
    branches = to_count(document.get("branch_total")), to_count(document.get("branch_covered"))
    builder.declared_lines, builder.declared_branches = lines, branches


def _set_totals(record: FileRecord, entry: dict[str, Any]) -> None:
    for kind, attribute in (
        ("line", "lines_total"),
        ("branch", "branches_total"),
        ("function", "functions"),
    ):
        valid, covered = (
            to_count(entry.get(f"{kind}_total")),
            to_count(entry.get(f"{kind}_covered")),
        )
        if valid is not None and covered is not None:
            setattr(record, attribute, (valid, covered))


def _hits(text: str) -> int | None:
    """Read the first column of annotated source: None for a line that isn't coverable."""
    if text == "-":
        return None
    if text[0] in "#=":
        return 0
    text = text.rstrip("*")
    unit = _UNITS.get(text[-1], 1)
    number = to_count(text.rstrip("kMGTPEZY"))
    return None if number is None else number * unit


def _default_path(name: str) -> str:
    name = name.replace("\\", "/").rpartition("/")[2]
    return name.removesuffix(".gcov").replace("#", "/") or "unknown"


class _Text:
    """Collects one annotated or intermediate text file, source by source."""

    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.path: str | None = None
        self.lines: dict[int, int] = {}
        self.branches: dict[int, tuple[int, int]] = {}
        self.has_branches = False
        self.functions: list[bool] = []
        self.last = 0

    def close(self) -> None:
        if self.path is not None:
            branches = self.branches if self.has_branches else None
            record = self.builder.add(self.path, self.lines, branches)
            if self.functions:
                record.functions = (len(self.functions), sum(self.functions))
        self.lines, self.branches, self.functions = {}, {}, []

    def hit(self, number: int, hits: int) -> None:
        self.lines[number] = max(hits, self.lines.get(number, 0))
        self.last = number

    def branch(self, number: int, *, is_taken: bool) -> None:
        self.has_branches = True
        valid, covered = self.branches.get(number, (0, 0))
        self.branches[number] = (valid + 1, covered + is_taken)

    def annotated(self, line: str) -> bool:
        found = _TEXT_LINE.match(line)
        if found is None:
            return False
        number = int(found[2]) if len(found[2]) < 10 else 0
        if number == 0:
            if found[3].startswith("Source:"):
                self.close()
                self.path = found[3][7:].strip()
            return True
        if self.path is None:
            self.path = _default_path(self.builder.name)
        hits = _hits(found[1])
        if hits is not None and to_line(number):
            self.hit(number, hits)
        return True

    def other(self, line: str) -> None:
        branch = _BRANCH.match(line)
        if branch is not None:
            self.branch(self.last, is_taken=bool(branch[1]) and int(branch[1][:18]) > 0)
        elif line.startswith("function ") and " called " in line:
            called = line.rpartition(" called ")[2].split(" ", 1)[0]
            self.functions.append(called not in ("0", ""))
        elif line.startswith("file:"):
            self.close()
            self.path = line[5:].strip()
        elif line.startswith("lcount:") and self.path is not None:
            number, _, rest = line[7:].partition(",")
            place, hits = to_line(number), to_count(rest.partition(",")[0])
            if place is not None and hits is not None:
                self.hit(place, hits)
        elif line.startswith("branch:") and self.path is not None:
            number, _, verdict = line[7:].partition(",")
            self.branch(to_line(number) or 0, is_taken=verdict.strip() == "taken")
        elif line.startswith("function:") and self.path is not None:
            fields = line[9:].split(",")
            called = fields[-2] if len(fields) > 2 else "0"
            self.functions.append(called not in ("0", ""))


def _read_text(source: Source, builder: ReportBuilder) -> None:
    text = _Text(builder)
    for line in text_lines(source):
        if not text.annotated(line):
            text.other(line)
    text.close()
    if not builder.files:
        raise ParseError("no line of annotated source in it")
    builder.generator = "gcov"
