"""JaCoCo's CSV: a row of counters for each class, and no line.

Policy: classes are named, not files, and every row counts, also one whose names came before (of
two modules). A line that two classes of a file share is counted in each, where JaCoCo's XML counts
it once.
"""

import csv

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, Total
from dlt_pipelines.parsers.coverage.numbers import to_count
from dlt_pipelines.parsers.coverage.source import Source, text_lines
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head

FORMATS = ("jacoco-csv",)

_HEAD = "GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED,INSTRUCTION_COVERED,"


def detect(head: Head) -> str | None:
    """Recognise the names of the columns, which are always the same."""
    return "jacoco-csv" if head.text.lstrip().startswith(_HEAD) else None


def _row(names: list[str], line: str) -> dict[str, str]:
    """Return the row by the names of its columns; empty when it is cut off or no row."""
    try:
        values = next(csv.reader([line]))
    except csv.Error:  # a field beyond what the module takes
        return {}
    return dict(zip(names, values, strict=True)) if len(values) == len(names) else {}


def _total(row: dict[str, str], counter: str) -> Total | None:
    missed, covered = (to_count(row.get(f"{counter}_{end}")) for end in ("MISSED", "COVERED"))
    return None if missed is None or covered is None else (missed + covered, covered)


def read(source: Source, builder: ReportBuilder) -> None:
    """Read the table into `builder`.

    Raises:
        ParseError: The columns are not there.
    """
    lines = (line for line in text_lines(source) if line.strip())
    names = next(lines, "").strip().split(",")
    if not {"PACKAGE", "CLASS", "LINE_MISSED", "LINE_COVERED"} <= set(names):
        raise ParseError("the table has no columns for the lines of a class")
    builder.generator = "JaCoCo"
    builder.measures_branches = "BRANCH_MISSED" in names
    malformed = 0
    for number, line in enumerate(lines):
        row = _row(names, line)
        total = _total(row, "LINE")
        if total is None:
            malformed += 1
            continue
        path = "/".join(part for part in (row["PACKAGE"].replace(".", "/"), row["CLASS"]) if part)
        record = builder.file(path, row.get("GROUP") or None, key=number)
        record.lines_total = total
        record.branches_total = _total(row, "BRANCH")
        record.functions = _total(row, "METHOD")
    if malformed:
        builder.note(f"{malformed} rows of the table are not those of a class")
