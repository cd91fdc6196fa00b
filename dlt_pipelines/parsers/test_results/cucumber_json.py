"""Cucumber's legacy JSON, of every implementation: features, elements, steps, hooks.

A scenario, or a row of an outline's examples, is a test; a background is part of the scenario
behind it. The worst of its steps and hooks is its status: undefined, ambiguous and pending fail.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import FAILED, PASSED, SKIPPED, Sink, TestReport
from dlt_pipelines.parsers.values import to_line, to_seconds

_SEVERITY = ("passed", "skipped", "pending", "undefined", "ambiguous", "failed")


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report; one suite per feature."""
    document = read_document(source)
    collector = Collector(sink, "cucumber-json")
    for feature in dicts(document.value):
        uri = text_of(feature.get("uri"))
        collector.open_suite(text_of(feature.get("name")) or uri, file=uri)
        background: list[dict[str, Any]] = []
        for element in dicts(feature.get("elements")):
            if element.get("type") == "background":
                background = _steps(element)
                continue
            _add(collector, element, background, uri)
            background = []
        collector.close_suite()
    return finish_document(collector, document, "cucumber")


def _steps(element: dict[str, Any]) -> list[dict[str, Any]]:
    """Return hooks and steps, with the hooks of each step."""
    steps: list[dict[str, Any]] = dicts(element.get("before"))
    for step in dicts(element.get("steps")):
        steps += [*dicts(step.get("before")), step, *dicts(step.get("after"))]
    return steps + dicts(element.get("after"))


def _add(
    collector: Collector,
    element: dict[str, Any],
    background: list[dict[str, Any]],
    uri: str | None,
) -> None:
    worst, message, step_name, nanoseconds, is_timed = "passed", None, None, 0.0, False
    for step in [*background, *_steps(element)]:
        result = as_dict(step.get("result"))
        word = str(result.get("status", "")).casefold()
        duration = to_seconds(result.get("duration"))
        if duration is not None:
            nanoseconds, is_timed = nanoseconds + duration, True
        if word in _SEVERITY and _SEVERITY.index(word) > _SEVERITY.index(worst):
            worst, message = word, text_of(result.get("error_message"))
            step_name = text_of(step.get("name"))
    status = {"passed": PASSED, "skipped": SKIPPED}.get(worst, FAILED)
    tags = [text_of(tag.get("name")) for tag in dicts(element.get("tags"))]
    collector.add_case(
        text_of(element.get("name")),
        status,
        class_name=collector.suite.name or None,
        seconds=nanoseconds / 1e9 if is_timed else None,
        failure=None if status == PASSED else Failure(worst, message or step_name or worst),
        file=uri,
        line=to_line(element.get("line")),
        properties={"tags": tags} if tags else None,
    )
