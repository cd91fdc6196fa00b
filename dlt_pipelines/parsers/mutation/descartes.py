"""The JSON reports of PIT's engine Descartes: mutants one by one, or methods with their class.

Source: https://github.com/STAMP-project/pitest-descartes. In the report of methods a method is
the unit: tested ones are detected, partially tested and pseudo-tested ones survived.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document, text_of
from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import to_count, to_line

FORMAT = "descartes-json"


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read a report of either kind."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, FORMAT)
    for mutation in dicts(report.get("mutations")):
        method = as_dict(mutation.get("method"))
        tests = as_dict(mutation.get("tests"))
        collector.add(
            mutation.get("status"),
            file=_path(method, mutation.get("file")),
            line=to_line(mutation.get("line")),
            class_name=_class(method),
            function_name=text_of(method.get("name")),
            operator=text_of(mutation.get("mutator")),
            killing_tests=[str(test) for test in as_list(tests.get("killing"))] or None,
            covering_test_count=to_count(tests.get("run")),
        )
    for method in dicts(report.get("methods")):
        collector.add(
            method.get("classification"),
            file=_path(method, method.get("file-name")),
            line=to_line(method.get("line-number")),
            class_name=_class(method),
            function_name=text_of(method.get("name")),
            covering_test_count=len(as_list(method.get("tests"))),
        )
    return collector.finish("pitest-descartes", document.problem, is_complete=document.is_complete)


def _class(method: dict[str, Any]) -> str | None:
    package, name = text_of(method.get("package")), text_of(method.get("class"))
    return ".".join(part for part in ((package or "").replace("/", "."), name) if part) or None


def _path(method: dict[str, Any], file: Any) -> str | None:
    package = text_of(method.get("package"))
    return "/".join(part for part in (package, text_of(file)) if part) or None
