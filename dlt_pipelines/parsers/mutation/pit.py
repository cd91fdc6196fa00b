"""PIT's XML report (https://pitest.org): one `mutation` element per mutant."""

from typing import BinaryIO

from dlt_pipelines.parsers.mutation.model import Collector, MutationReport, Sink
from dlt_pipelines.parsers.values import to_count, to_line
from dlt_pipelines.parsers.xml_tree import Node, read_tree

FORMAT = "pit-xml"


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> MutationReport:
    """Read a report; killed by memory error or run error counts as invalid, as it tells nothing."""
    tree = read_tree(source)
    collector = Collector(sink, FORMAT)
    for root in tree.roots:
        for mutation in root.walk("mutation"):
            _add(collector, mutation)
    return collector.finish("pitest", tree.problem, is_complete=tree.is_complete)


def _add(collector: Collector, mutation: Node) -> None:
    status = mutation.get("status")
    if status is None:
        status = "KILLED" if mutation.get("detected") == "true" else mutation.get("detected")
    killing = mutation.child_text("killingTests", "killingTest")
    class_name = mutation.child_text("mutatedClass")
    file = mutation.child_text("sourceFile")
    if file and class_name and "." in class_name and "/" not in file:
        # The source file has no folder; its package is the class's.
        file = "/".join([*class_name.split(".")[:-1], file])
    collector.add(
        status,
        file=file,
        line=to_line(mutation.child_text("lineNumber")),
        class_name=class_name,
        function_name=mutation.child_text("mutatedMethod"),
        operator=mutation.child_text("mutator"),
        replacement=mutation.child_text("description"),
        killing_tests=killing.split("|") if killing else None,
        covering_test_count=to_count(mutation.get("numberOfTestsRun")),
    )
