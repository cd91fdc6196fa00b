"""Maven Failsafe's `failsafe-summary.xml`: totals of a run, no cases."""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import Sink, TestReport
from dlt_pipelines.parsers.values import to_count
from dlt_pipelines.parsers.xml_tree import read_tree


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the totals; `flakes` passed in the end and are part of `completed`."""
    tree = read_tree(source)
    root = tree.root
    declared = Totals(
        to_count(root.child_text("completed")),
        to_count(root.child_text("failures")),
        to_count(root.child_text("errors")),
        to_count(root.child_text("skipped")),
    )
    return finish_document(Collector(sink, "failsafe-summary-xml"), tree, "failsafe", declared)
