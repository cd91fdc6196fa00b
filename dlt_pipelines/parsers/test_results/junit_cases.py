"""Cases of JUnit XML with children, and cases that are repeated: from elements to tries."""

import re
from typing import Any

from dlt_pipelines.parsers.test_results.collector import Failure
from dlt_pipelines.parsers.test_results.junit_dialects import (
    RESULT_TAGS,
    TRUE_WORDS,
    parameters_of,
    status_of_attributes,
)
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
)
from dlt_pipelines.parsers.values import to_line, to_seconds

TEXT_LIMIT = 1024 * 1024
"""Characters kept of one failure's text."""
_TRIES_LIMIT = 1_000
_EXPECTED_FAILURES = ("pytest.xfail", "xfail")
_MAY_FAIL = "TEST_CASE tagged with !mayfail"
"""What Catch2 says beside the failure of a test that may or should fail."""
_FLAKY_TAGS = {"failure": "flakyFailure", "error": "flakyError"}
_WARNS = re.compile(r"WARN(?:_|$)")
_PLACE = re.compile(r"(.+\.\w+):(\d+)(?::\d+)?$")
"""A file with a line behind it, as ExUnit writes it."""
_AFTER_THE_TEST = ("failed on teardown", "test teardown failure")
"""How pytest begins the error of a tear-down, which it adds as a case of its own."""

Try = tuple[str, Failure | None, float | None]
"""Status, failure and seconds of one try."""


class Result:
    """A `failure`, `error`, `skipped`, rerun or flaky element of a case, while it is read."""

    __slots__ = ("attributes", "tag", "text", "text_length")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.text: list[str] = []
        self.text_length = 0

    def take(self, data: str) -> None:
        """Take a part of the element's text."""
        if self.text_length < TEXT_LIMIT:
            self.text.append(data)
            self.text_length += len(data)

    def failure(self) -> Failure:
        """Return what the element says."""
        get = self.attributes.get
        return Failure(get("type") or None, get("message"), "".join(self.text) or None)


class Case:
    """A case with children: its results, output and properties."""

    __slots__ = ("attributes", "err", "out", "properties", "results")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.results: list[Result] = []
        self.properties: dict[str, str] = {}
        self.out = self.err = False


class RepeatedCases:
    """Cases of one name, class, file and line that follow each other in a suite.

    Where one of them did not pass, they are tries of one test, and a pass among them is the
    verdict. Where all passed, they are runs with other parameters, unless the cases say that they
    are repetitions: then they are tries of one test, whatever became of them.
    """

    def __init__(
        self, key: tuple[Any, ...], first: Try, shared: dict[str, Any], *, is_one_test: bool = False
    ) -> None:
        self.key = key
        self.is_one_test = is_one_test
        self.tries = [(first, shared)]

    def take(self, tries: list[tuple[Try, bool]], shared: dict[str, Any]) -> bool:
        """Take the next case of the same key; False when it can't belong here."""
        if len(tries) != 1 or len(self.tries) >= _TRIES_LIMIT or is_teardown(tries[0][0]):
            return False
        self.tries.append((tries[0][0], shared))
        return True

    def resolved(self) -> list[tuple[list[tuple[Try, bool]], dict[str, Any]]]:
        """Return the tries per test, each with whether it is final."""
        statuses = [tried[0] for tried, _shared_columns in self.tries]
        is_one_test = self.is_one_test or {FAILED, ERRORED} & set(statuses)
        if len(statuses) == 1 or not is_one_test:
            return [([(tried, True)], shared) for tried, shared in self.tries]
        final = len(statuses) - 1
        if PASSED in statuses:
            final -= statuses[::-1].index(PASSED)
        tries = [(tried, index == final) for index, (tried, _columns) in enumerate(self.tries)]
        return [(tries, self.tries[-1][1])]


def is_teardown(tried: Try) -> bool:
    """Whether it is the error of a tear-down, which pytest adds as a case of its own."""
    status, failure, _seconds = tried
    return (
        status == ERRORED
        and (failure is not None)
        and (failure.message or "").startswith(_AFTER_THE_TEST)
    )


def shared_columns(attributes: dict[str, str], name: str) -> dict[str, Any]:
    """Return the columns that all tries of a case have in common."""
    get = attributes.get
    file, line = get("file") or get("filepath") or get("filename"), get("line") or get("lineno")
    place = _PLACE.match(file) if file and ":" in file and not line else None
    if place:
        file, line = place.groups()
    return {
        "class_name": get("classname") or get("class"),
        "parameters": parameters_of(name) or _gtest_parameters(attributes),
        "file": file,
        "line": to_line(line),
        "owner_tag": get("owner") or None,
    }


def drop_warnings(case: Case) -> None:
    """Leave out the assertions of doctest that only warn: they fail no test."""
    case.results = [
        result for result in case.results if not _WARNS.match(result.attributes.get("type") or "")
    ]


def take_directives(case: Case) -> None:
    """Take the directives of TAP that node-tap writes as properties: they decide, as in TAP."""
    for name in ("todo", "skip"):
        reason = case.properties.get(name)
        if reason is not None:
            said = {} if reason == "true" else {"message": reason}
            case.results = [Result("skipped", {"type": name, **said})]
            return


def take_flakes(case: Case) -> None:
    """Take the failures of a test that passed in the end: Firebase Test Lab says so of the case."""
    if (case.attributes.get("flaky") or "").casefold() in TRUE_WORDS:
        for result in case.results:
            result.tag = _FLAKY_TAGS.get(result.tag, result.tag)


def _gtest_parameters(attributes: dict[str, str]) -> str | None:
    parts = (attributes.get("type_param"), attributes.get("value_param"))
    return ", ".join(part for part in parts if part) or None


def verdict(case: Case) -> list[Try]:
    """Return the tries of a case; the last one counts.

    An error weighs more than a failure, a failure more than a skip, but a TODO counts for nothing
    however it went. With `rerun…` elements the plain failure is the first try, whose time the case
    tells, and the last rerun the final one; `flaky…` elements are failed tries before a pass,
    whose time the case tells.
    """
    seconds = to_seconds(case.attributes.get("time", case.attributes.get("duration")))
    by_tag: dict[str, list[Result]] = {}
    for result in case.results:
        by_tag.setdefault(RESULT_TAGS[result.tag], []).append(result)
    earlier = [_try(result) for result in by_tag.get("flaky", ())]
    reruns = [_try(result) for result in by_tag.get("rerun", ())]
    skipped = by_tag.get(SKIPPED)
    if skipped and _has_no_verdict(skipped[0]):
        return [*earlier, *reruns, (QUARANTINED, skipped[0].failure(), seconds)]
    for status in (ERRORED, FAILED):
        found = by_tag.get(status)
        if found:
            return [*earlier, (status, found[0].failure(), seconds), *reruns]
    if skipped:
        status = QUARANTINED if _type_of(skipped[0]) in _EXPECTED_FAILURES else SKIPPED
        return [*earlier, *reruns, (status, skipped[0].failure(), seconds)]
    if reruns:
        status, failure, own_seconds = reruns.pop()
        last = status, failure, seconds if own_seconds is None else own_seconds
        return [*earlier, *reruns, last]
    return [*earlier, (status_of_attributes(case.attributes) or PASSED, None, seconds)]


def _has_no_verdict(skipped: Result) -> bool:
    return _type_of(skipped) == "todo" or skipped.attributes.get("message") == _MAY_FAIL


def _type_of(result: Result) -> str:
    return (result.attributes.get("type") or "").casefold()


def _try(result: Result) -> Try:
    status = ERRORED if result.tag.lower().endswith("error") else FAILED
    return status, result.failure(), to_seconds(result.attributes.get("time"))
