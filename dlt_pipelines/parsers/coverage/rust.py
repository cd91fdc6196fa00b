"""Two JSON shapes of Rust's tools: `cargo tarpaulin --out Json` and grcov's `covdir`.

Policy: tarpaulin lists what can be covered on a line: the line with its hits, or a condition whose
two outcomes are branches. covdir is a tree of folders whose files have one entry per source line;
-1 is no line.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import LAST_LINE, to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document

FORMATS = ("tarpaulin-json", "covdir-json")

_TARPAULIN = frozenset({"files.path", "files.traces", "files.coverable"})
_COVDIR = frozenset({"children", "coveragePercent", "linesTotal"})
_NO_LINE = -1


def detect(head: Head) -> str | None:
    """Recognise either by its keys."""
    if not head.is_json or head.is_json_array:
        return None
    if head.json_paths >= _TARPAULIN:
        return "tarpaulin-json"
    return "covdir-json" if head.json_keys >= _COVDIR else None


def read(source: Source, builder: ReportBuilder) -> None:
    """Read either into `builder`.

    Raises:
        ParseError: The content isn't the report it looked like.
    """
    found = read_document(source)
    builder.note(found.problem)
    document = as_dict(found.value)
    if builder.format == "covdir-json":
        if not isinstance(document.get("children"), dict):
            raise ParseError("the JSON document has no object `children`")
        builder.generator = "grcov"
        builder.declared_lines = (
            to_count(document.get("linesTotal")),
            to_count(document.get("linesCovered")),
        )
        _read_folder(document, "", builder)
        return
    if not isinstance(document.get("files"), list):
        raise ParseError("the JSON document has no list `files`")
    builder.generator = "cargo-tarpaulin"
    for entry in dicts(document["files"]):
        _read_traces(entry, builder)


def _read_folder(folder: dict[str, Any], above: str, builder: ReportBuilder) -> None:
    """Read a folder's files; how deep folders may be is bounded by the document."""
    for name, child in as_dict(folder.get("children")).items():
        path = f"{above}/{name}" if above else name
        item = as_dict(child)
        if "children" in item:
            _read_folder(item, path, builder)
            continue
        lines = {
            number: hits
            for number, value in enumerate(as_list(item.get("coverage"))[:LAST_LINE], start=1)
            if value != _NO_LINE and (hits := to_count(value)) is not None
        }
        builder.add(path, lines)


def _read_traces(entry: dict[str, Any], builder: ReportBuilder) -> None:
    lines: dict[int, int] = {}
    branches: dict[int, tuple[int, int]] = {}
    for trace in dicts(entry.get("traces")):
        number, stats = to_line(trace.get("line")), as_dict(trace.get("stats"))
        if number is None:
            continue
        hits = to_count(stats.get("Line"))
        if hits is not None:
            lines[number] = max(hits, lines.get(number, 0))
        states = [as_dict(stats.get("Branch")), *dicts(stats.get("Condition"))]
        for state in filter(None, states):
            valid, covered = branches.get(number, (0, 0))
            taken = (state.get("been_true") is True) + (state.get("been_false") is True)
            branches[number] = (valid + 2, covered + taken)
    builder.add(_path(entry.get("path")), lines, branches or None)


def _path(parts: Any) -> str:
    """Join the parts that tarpaulin cuts a path into: `["/", "work", "lib.rs"]`."""
    if isinstance(parts, str):
        return parts
    root, *rest = [str(part) for part in as_list(parts)] or [""]
    if not rest:
        return root
    return root.rstrip("/\\") + "/" + "/".join(rest)
