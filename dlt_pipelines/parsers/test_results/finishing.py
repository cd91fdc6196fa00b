"""Steps that readers of whole documents, XML trees or JSON, share."""

from typing import Any, Protocol

from dlt_pipelines.parsers.test_results.collector import Collector, Totals
from dlt_pipelines.parsers.test_results.model import TestReport


class ReadDocument(Protocol):
    """A tree or JSON value, and how it could be read."""

    @property
    def problem(self) -> str | None:
        """What was wrong, None when nothing was."""

    @property
    def is_complete(self) -> bool:
        """Whether it was read to its end."""


def finish_document(
    collector: Collector,
    document: ReadDocument,
    generator: str | None,
    declared: Totals | None = None,
    time_seconds: float | None = None,
) -> TestReport:
    """Return the summary of a report that was read as a whole."""
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
