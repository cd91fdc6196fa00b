"""Steps that the readers of tree-shaped formats share."""

from dlt_pipelines.parsers.test_results.collector import Collector, Totals
from dlt_pipelines.parsers.test_results.model import TestReport
from dlt_pipelines.parsers.xml_tree import Tree


def finish_tree(
    collector: Collector,
    tree: Tree,
    generator: str | None,
    declared: Totals | None = None,
    time_seconds: float | None = None,
) -> TestReport:
    """Return the summary of a report that was read from an XML tree."""
    return collector.finish(
        generator=generator,
        declared=declared,
        problem=tree.problem,
        is_complete=tree.is_complete,
        time_seconds=time_seconds,
    )
