"""Mutation test reports to rows of mutants, and of tests where a format tells what each covers.

head = read_head(data, name)
format_name = detect(head)
report = read(data, format_name, sink, name=name)
"""

from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.mutation.model import MutationReport, Sink

__all__ = ["READERS", "MutationReport", "Sink", "detect", "read"]

READERS = {
    "stryker-json": "stryker",
    "pit-xml": "pit",
    "descartes-json": "descartes",
    "cargo-mutants-json": "cargo_mutants",
    "mutmut-json": "mutmut",
    "cosmic-ray-json": "cosmic_ray",
    "infection-json": "infection",
    "gremlins-json": "gremlins",
}
"""The module of each format; it is imported when a report of the format comes."""

_RULES: tuple[tuple[str, Callable[[Head], bool]], ...] = (
    ("pit-xml", lambda head: head.root == "mutations"),
    (
        "stryker-json",
        lambda head: (
            {"schemaVersion", "files"} <= head.json_keys
            or {"files", "thresholds"} <= head.json_keys
            or {"mutationScore", "totals", "childResults"} <= head.json_keys
        ),
    ),
    (
        "descartes-json",
        lambda head: (
            {"methods.classification", "methods.detected"} <= head.json_paths
            or {"mutations.mutator", "mutations.status", "mutations.detected"} <= head.json_paths
        ),
    ),
    (
        "cargo-mutants-json",
        lambda head: (
            {"outcomes", "total_mutants"} <= head.json_keys
            or {"outcomes.scenario", "outcomes.summary"} <= head.json_paths
        ),
    ),
    (
        "mutmut-json",
        lambda head: (
            {"killed", "survived", "total"} <= head.json_keys
            or "exit_code_by_key" in head.json_keys
        ),
    ),
    (
        "cosmic-ray-json",
        lambda head: (
            {"job_id", "mutations"} <= head.json_keys
            or {"test_outcome", "worker_outcome"} <= head.json_keys
        ),
    ),
    (
        "infection-json",
        lambda head: {"stats.totalMutantsCount", "stats.msi"} <= head.json_paths,
    ),
    (
        "gremlins-json",
        lambda head: {"mutants_total", "mutants_killed", "mutants_lived"} <= head.json_keys,
    ),
)


def detect(head: Head) -> str | None:
    """Return the name of the format, None when it isn't a known mutation report."""
    return next((name for name, rule in _RULES if rule(head)), None)


def read(
    source: bytes | BinaryIO, format_name: str, sink: Sink, *, name: str = ""
) -> MutationReport:
    """Read a report into a sink.

    Args:
        source: The report's bytes, or a seekable binary stream at its start.
        format_name: As `detect` gave it.
        sink: Takes the rows; set its `report_id` first.
        name: File name for messages.

    Returns:
        The summary; `parse` is `partial` when something was lost or mended.

    Raises:
        ParseError: Nothing could be read.
    """
    module = READERS.get(format_name)
    if module is None:
        msg = f"`{format_name}` is no known format of mutation reports"
        raise ParseError(msg)
    report: MutationReport = import_module(f"{__name__}.{module}").read(source, sink, name)
    return report
