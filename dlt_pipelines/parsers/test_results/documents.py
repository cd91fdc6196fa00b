"""Steps that the readers of JSON formats share."""

from typing import Any

from dlt_pipelines.parsers.json_document import Document
from dlt_pipelines.parsers.test_results.collector import Collector, Totals
from dlt_pipelines.parsers.test_results.model import TestReport


def finish_document(
    collector: Collector,
    document: Document,
    generator: str | None,
    declared: Totals | None = None,
    time_seconds: float | None = None,
) -> TestReport:
    """Return the summary of a report that was read from a JSON document."""
    return collector.finish(
        generator=generator,
        declared=declared,
        problem=document.problem,
        is_complete=document.is_complete,
        time_seconds=time_seconds,
    )


def joined(*parts: Any) -> str | None:
    """Return the non-empty strings among the parts, one a line."""
    return "\n".join(part for part in parts if isinstance(part, str) and part) or None
