"""JSON that coverage services take: Codecov's custom format and Coveralls' `source_files`.

Policy: in Codecov's format a number is hits, `"c/t"` is c of t branches taken, `true` a partial
line and null no line. In Coveralls' a list has one entry per source line; its branches come as
line, block, branch, hits. R's covr sends Codecov a list of files, each with one entry per source
line and one before the first.
"""

import json
import re
from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import LAST_LINE, to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document

FORMATS = ("codecov-json", "coveralls-json")

_SHARE = re.compile(r"(\d{1,9})/(\d{1,9})$")


def detect(head: Head) -> str | None:
    """Recognise either by its keys."""
    if not head.is_json or head.is_json_array:
        return None
    if "source_files.coverage" in head.json_paths and "source_files.name" in head.json_paths:
        return "coveralls-json"
    if "uploader" in head.json_keys and {"files.name", "files.coverage"} <= head.json_paths:
        return "codecov-json"
    if "coverage" not in head.json_keys or head.json_keys - {"coverage", "messages"}:
        return None
    below = [path for path in head.json_paths if path.startswith("coverage.")]
    is_numbered = any(path.rpartition(".")[2].isdecimal() for path in below)
    return "codecov-json" if is_numbered or re.search(r":\s*\[\s*null", head.text) else None


def read(source: Source, builder: ReportBuilder) -> None:
    """Read either format into `builder`.

    Raises:
        ParseError: The content isn't the report it looked like.
    """
    found = read_document(source)
    builder.note(found.problem)
    document = as_dict(found.value)
    if builder.format == "codecov-json":
        for path, entry in _codecov_files(document):
            lines, branches = _codecov(entry)
            builder.add(path, lines, branches or None)
        return
    if not isinstance(document.get("source_files"), list):
        raise ParseError("the JSON document has no list `source_files`")
    builder.flag = str(document["service_name"])[:500] if document.get("service_name") else None
    builder.measures_branches = True
    for entry in map(as_dict, document["source_files"]):
        lines = {
            number: hits
            for number, value in enumerate(_counts(entry.get("coverage")), start=1)
            if (hits := to_count(value)) is not None
        }
        builder.add(str(entry.get("name") or ""), lines, _quartets(entry.get("branches")))


def _codecov_files(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return path and lines of each file: of an object, or of the list that covr sends."""
    if isinstance(document.get("coverage"), dict):
        return list(document["coverage"].items())
    if isinstance(document.get("files"), list):
        files = dicts(document["files"])
        return [(str(entry.get("name") or ""), entry.get("coverage")) for entry in files]
    raise ParseError("the JSON document has neither an object `coverage` nor a list `files`")


def _counts(value: Any) -> list[Any]:
    """Return a count for each source line; Code Climate's reporter writes the list as text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return as_list(value)[:LAST_LINE]


def _codecov(entry: Any) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    if isinstance(entry, list):
        entry = dict(enumerate(entry[: LAST_LINE + 1]))
    lines: dict[int, int] = {}
    branches: dict[int, tuple[int, int]] = {}
    for key, value in as_dict(entry).items():
        number = to_line(key)
        if number is None or value is None:
            continue
        if value is True:
            lines[number], branches[number] = 1, (2, 1)
            continue
        share = _SHARE.match(value) if isinstance(value, str) else None
        if share:
            covered, valid = int(share[1]), int(share[2])
            lines[number] = covered
            branches[number] = (valid, min(covered, valid))
            continue
        hits = to_count(value)
        if hits is not None:
            lines[number] = hits
    return lines, branches


def _quartets(value: Any) -> dict[int, tuple[int, int]]:
    """Read Coveralls' flat list of line, block, branch, hits."""
    numbers = as_list(value)
    taken: dict[tuple[int, Any, Any], bool] = {}
    for at in range(0, len(numbers) - 3, 4):
        number = to_line(numbers[at]) or 0
        key = (number, str(numbers[at + 1]), str(numbers[at + 2]))
        taken[key] = taken.get(key, False) or bool(to_count(numbers[at + 3]))
    branches: dict[int, tuple[int, int]] = {}
    for (number, _, _), is_taken in taken.items():
        valid, covered = branches.get(number, (0, 0))
        branches[number] = (valid + 1, covered + is_taken)
    return branches
