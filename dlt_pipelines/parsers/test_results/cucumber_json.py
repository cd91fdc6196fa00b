"""Cucumber's legacy JSON, of every implementation: features, elements, steps, hooks.

A scenario, or a row of an outline's examples, is a test; a background is part of the scenario
behind it. The worst of its steps and hooks is its status: undefined, ambiguous and pending fail.
The same scenario again behind its failure is another try; the last one counts.

behave writes the same shape with words of its own: a `location` in place of `uri` and `line`,
seconds in place of nanoseconds, the lines of a message, and a status of the whole scenario, which
tells failures from errors. Source: behave/formatter/json.py and behave/model_type.py of behave 1.3.
"""

from typing import Any, BinaryIO, NamedTuple

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.finishing import finish_document, joined
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_line, to_seconds

_SEVERITY = ("passed", "skipped", "pending", "undefined", "ambiguous", "failed")
_STATUS = {"passed": PASSED, "skipped": SKIPPED}
_BEHAVE_STATUS = {
    "passed": PASSED,
    "pending_warn": PASSED,
    "xpassed": PASSED,
    "xfailed": QUARANTINED,
    "skipped": SKIPPED,
    "untested": SKIPPED,
    "untested_pending": SKIPPED,
    "untested_undefined": SKIPPED,
    "pending": FAILED,
    "undefined": FAILED,
    "failed": FAILED,
    "error": ERRORED,
    "hook_error": ERRORED,
    "cleanup_error": ERRORED,
}
"""In the order of severity."""
_BEHAVE_SEVERITY = tuple(_BEHAVE_STATUS)


class _Scenario(NamedTuple):
    """One run of a scenario."""

    element: dict[str, Any]
    status: str
    failure: Failure | None
    seconds: float | None
    file: str | None
    line: int | None


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report; one suite per feature."""
    document = read_document(source)
    collector = Collector(sink, "cucumber-json")
    generator = "cucumber"
    for feature in dicts(document.value):
        if _is_behave(feature):
            generator = "behave"
            file = _place(feature)[0]
            scenarios = [_behave(part) for part in _elements(feature) if not _is_background(part)]
        else:
            file = text_of(feature.get("uri"))
            scenarios = _with_backgrounds(feature, file)
        collector.open_suite(text_of(feature.get("name")) or file, file=file)
        _add(collector, scenarios)
        collector.close_suite()
    return finish_document(collector, document, generator)


def _elements(feature: dict[str, Any]) -> list[dict[str, Any]]:
    return dicts(feature.get("elements"))


def _is_background(element: dict[str, Any]) -> bool:
    # Some writers leave the type out.
    return (text_of(element.get("type")) or element.get("keyword")) in ("background", "Background")


def _is_behave(feature: dict[str, Any]) -> bool:
    parts = [feature, *_elements(feature)]
    return all("line" not in part and text_of(part.get("location")) for part in parts)


def _place(element: dict[str, Any]) -> tuple[str | None, int | None]:
    """Return file and line of behave's `location`."""
    file, _, line = (text_of(element.get("location")) or "").rpartition(":")
    return file or None, to_line(line)


def _behave(element: dict[str, Any]) -> _Scenario:
    worst, message, seconds = "passed", None, None
    steps = dicts(element.get("steps"))
    for step in steps:
        result = as_dict(step.get("result"))
        word = text_of(result.get("status")) or "untested"
        duration = to_seconds(result.get("duration"))
        if duration is not None:
            seconds = (seconds or 0.0) + duration
        if word in _BEHAVE_STATUS and _BEHAVE_SEVERITY.index(word) > _BEHAVE_SEVERITY.index(worst):
            said = result.get("error_message")
            worst, message = word, joined(*as_list(said)) or text_of(said)
            if _BEHAVE_STATUS[word] in (FAILED, ERRORED):
                message = message or text_of(step.get("name"))
    stated = text_of(element.get("status"))
    word = stated if stated in _BEHAVE_STATUS else worst
    status = _BEHAVE_STATUS[word]
    failure = None if status == PASSED else Failure(word, message or word)
    return _Scenario(element, status, failure, seconds, *_place(element))


def _with_backgrounds(feature: dict[str, Any], file: str | None) -> list[_Scenario]:
    background: list[dict[str, Any]] = []
    scenarios = []
    for element in _elements(feature):
        if _is_background(element):
            background = _steps(element)
            continue
        scenarios.append(_cucumber(element, [*background, *_steps(element)], file))
        background = []
    return scenarios


def _steps(element: dict[str, Any]) -> list[dict[str, Any]]:
    """Return hooks and steps, with the hooks of each step."""
    steps: list[dict[str, Any]] = dicts(element.get("before"))
    for step in dicts(element.get("steps")):
        steps += [*dicts(step.get("before")), step, *dicts(step.get("after"))]
    return steps + dicts(element.get("after"))


def _cucumber(element: dict[str, Any], steps: list[dict[str, Any]], file: str | None) -> _Scenario:
    worst, message, step_name, nanoseconds, is_timed = "passed", None, None, 0.0, False
    for step in steps:
        result = as_dict(step.get("result"))
        word = str(result.get("status", "")).casefold()
        duration = to_seconds(result.get("duration"))
        if duration is not None:
            nanoseconds, is_timed = nanoseconds + duration, True
        if word in _SEVERITY and _SEVERITY.index(word) > _SEVERITY.index(worst):
            worst, message = word, text_of(result.get("error_message"))
            step_name = text_of(step.get("name"))
    status = _STATUS.get(worst, FAILED)
    failure = None if status == PASSED else Failure(worst, message or step_name or worst)
    seconds = nanoseconds / 1e9 if is_timed else None
    return _Scenario(element, status, failure, seconds, file, to_line(element.get("line")))


def _tries(scenarios: list[_Scenario]) -> list[tuple[int, bool]]:
    """Return the index of each try, and whether it is the last.

    A scenario is tried again when the one before of the same id, place and steps failed; rows of
    examples that share an id and a line have other steps.
    """
    tries: list[tuple[int, bool]] = []
    latest: dict[tuple[Any, ...], int] = {}
    for position, scenario in enumerate(scenarios):
        key = _identity(scenario)
        before = latest.get(key) if key else None
        index = 0
        if before is not None and scenarios[before].status in (FAILED, ERRORED):
            index = tries[before][0] + 1
            tries[before] = tries[before][0], False
        tries.append((index, True))
        if key:
            latest[key] = position
    return tries


def _identity(scenario: _Scenario) -> tuple[Any, ...] | None:
    element = scenario.element
    name = text_of(element.get("id")) or text_of(element.get("location"))
    if name is None or scenario.line is None:
        return None
    steps = tuple(text_of(step.get("name")) for step in dicts(element.get("steps")))
    return name, scenario.line, text_of(element.get("name")), steps


def _add(collector: Collector, scenarios: list[_Scenario]) -> None:
    for scenario, (index, is_last) in zip(scenarios, _tries(scenarios), strict=True):
        tags = [
            tag if isinstance(tag, str) else text_of(as_dict(tag).get("name"))
            for tag in as_list(scenario.element.get("tags"))
        ]
        collector.add_case(
            text_of(scenario.element.get("name")),
            scenario.status,
            class_name=collector.suite.name or None,
            seconds=scenario.seconds,
            failure=scenario.failure,
            retry_index=index,
            is_final=is_last,
            file=scenario.file,
            line=scenario.line,
            properties={"tags": tags} if tags else None,
        )
