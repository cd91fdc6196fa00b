"""coverlet's own JSON, which it writes unless told otherwise: module, file, class, method.

Policy: visits of a line add up over the methods and modules that hold it. A branch is one place in
a method, taken when it was in any module, as coverlet merges its results. Methods with lines are
the functions. coverlet's printed totals count a line for each method on it, a row is one line.
Source: src/coverlet.core/CoverageResult.cs.
"""

import re
from collections.abc import Iterator
from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, add_hits
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document

FORMATS = ("coverlet-json",)

_MODULE = re.compile(r".+\.(?:dll|exe)", re.IGNORECASE | re.DOTALL)
_PLACE = ("Line", "Offset", "EndOffset", "Path", "Ordinal")


def detect(head: Head) -> str | None:
    """Recognise modules that hold methods with lines and branches."""
    if not head.is_json or head.is_json_array or not head.json_keys:
        return None
    ends = {path.rpartition(".")[2] for path in head.json_paths}
    is_found = {"Lines", "Branches"} <= ends and all(map(_MODULE.fullmatch, head.json_keys))
    return "coverlet-json" if is_found else None


class _File:
    def __init__(self) -> None:
        self.lines: dict[int, int] = {}
        self.taken: dict[tuple[Any, ...], bool] = {}
        self.methods: dict[tuple[str, str], bool] = {}

    def add(self, name: tuple[str, str], method: dict[str, Any]) -> None:
        """Take one method of one module."""
        for key, value in as_dict(method.get("Lines")).items():
            number, hits = to_line(key), to_count(value)
            if number is not None and hits is not None:
                self.lines[number] = add_hits(self.lines.get(number, 0), hits)
                self.methods[name] = self.methods.get(name, False) or hits > 0
        for branch in dicts(method.get("Branches")):
            number = to_line(branch.get("Line")) or 0
            place = (number, name, *(str(branch.get(part)) for part in _PLACE))
            self.taken[place] = self.taken.get(place, False) or bool(to_count(branch.get("Hits")))

    @property
    def branches(self) -> dict[int, tuple[int, int]]:
        """Branches by line, valid and covered."""
        found: dict[int, tuple[int, int]] = {}
        for (number, *_), is_taken in self.taken.items():
            valid, covered = found.get(number, (0, 0))
            found[number] = (valid + 1, covered + is_taken)
        return found


def _methods(document: Any) -> Iterator[tuple[str, str, tuple[str, str], dict[str, Any]]]:
    """Yield module, file, names of class and method, and the method."""
    for module, files in as_dict(document).items():
        for path, classes in as_dict(files).items():
            for class_name, methods in as_dict(classes).items():
                for name, method in as_dict(methods).items():
                    yield module, path, (class_name, name), as_dict(method)


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: There is no method in it.
    """
    found = read_document(source)
    builder.note(found.problem)
    files: dict[str, _File] = {}
    packages: dict[str, str] = {}
    for module, path, name, method in _methods(found.value):
        files.setdefault(path, _File()).add(name, method)
        packages.setdefault(path, module)
    if not files:
        raise ParseError("no module with a method in it")
    builder.generator = "coverlet"
    for path, file in files.items():
        record = builder.add(path, file.lines, file.branches, package=packages[path])
        record.functions = (len(file.methods), sum(file.methods.values()))
