"""Salesforce: what `sf apex run test --code-coverage` writes, alone or within its results.

Policy: classes are named, not files; the name stands for the path. What is told of one test alone
is left out: the whole is told beside it.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document

FORMATS = ("salesforce-json",)

_MEMBERS = ("lines", "totalLines", "totalCovered")
_WRAPPERS = ("", "coverage.", "coverage.coverage.", "result.coverage.coverage.")


def detect(head: Head) -> str | None:
    """Recognise the classes by what is told of each."""
    if not head.is_json:
        return None
    is_found = any(
        {f"{wrapper}{name}" for name in _MEMBERS} <= head.json_paths for wrapper in _WRAPPERS
    )
    return "salesforce-json" if is_found else None


def _classes(document: Any) -> list[dict[str, Any]]:
    for name in ("result", "coverage", "coverage"):
        if isinstance(document, dict) and name in document:
            document = document[name]
    return dicts(as_list(document) or [document])


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: No class is told of.
    """
    found = read_document(source)
    builder.note(found.problem)
    classes = [item for item in _classes(found.value) if isinstance(item.get("lines"), dict)]
    if not classes:
        raise ParseError("no class with `lines` in it")
    builder.generator = "Salesforce"
    for item in classes:
        lines: dict[int, int] = {}
        for key, value in as_dict(item["lines"]).items():
            number, hits = to_line(key), to_count(value)
            if number is not None and hits is not None:
                lines[number] = hits
        builder.add(str(item.get("name") or ""), lines)
