"""Parasoft C++test's `ResultsSession`: totals per project; the cases themselves aren't listed.

Only violations are listed, and one case may have several or none, so the totals are the word.
"""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import Sink, TestReport
from dlt_pipelines.parsers.values import to_count, to_seconds
from dlt_pipelines.parsers.xml_tree import read_tree


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the totals of the executed tests."""
    tree = read_tree(source, frozenset({"Coverage", "History", "Categories", "ExecViols"}))
    collector = Collector(sink, "parasoft-cpptest-xml")
    declared = Totals()
    for execution in tree.root.all("Exec"):
        declared.add(Totals(time_seconds=to_seconds(execution.get("time"))))
        for project in execution.walk("Project"):
            totals = Totals(to_count(project.get("testCases")), to_count(project.get("fail")))
            if totals.tests is None:
                continue
            declared.add(totals)
            collector.open_suite(project.get("name")).declared = totals
            collector.close_suite()
    generator = tree.root.get("toolName") or "parasoft"
    return finish_document(collector, tree, generator, declared)
