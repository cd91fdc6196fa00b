"""JUnit XML and its dialects, streamed.

There is no one standard; read are the Ant/Surefire core, nested suites, Surefire's and nextest's
`rerunFailure`/`flakyFailure`, GoogleTest's and CTest's `status`/`result` attributes, PHPUnit,
pytest, Gradle, Bazel, Jest and the like. Sources: the Surefire report schema
(https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.xsd), the
GoogleTest guide, the nextest book, and `docs/sources/test-results.md` for the policies.

    testsuites ─ testsuite ─┬ testsuite …
                            └ testcase ─ failure | error | skipped | rerunFailure | flakyFailure …
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.junit_dialects import (
    CASE_ALIASES,
    RESULT_TAGS,
    SUITE_ALIASES,
    Generator,
    owner_of,
    parameters_of,
    status_of_attributes,
    suite_fields,
    totals_of,
)
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
from dlt_pipelines.parsers.xml_stream import drive

FORMAT = "junit-xml"

_DEPTH_LIMIT = 1_000
_TEXT_LIMIT = 1024 * 1024
"""Characters kept of one failure's text."""
_PROPERTY_LIMIT = 200
_TRIES_LIMIT = 1_000

Try = tuple[str, Failure | None, float | None]
"""Status, failure and seconds of one try."""

_PLAIN_ATTRIBUTES = frozenset({"classname", "name", "time", "file", "line"})


class _Result:
    """A `failure`, `error`, `skipped`, rerun or flaky element of a case, while it is read."""

    __slots__ = ("attributes", "tag", "text", "text_length")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.text: list[str] = []
        self.text_length = 0

    def take(self, data: str) -> None:
        if self.text_length < _TEXT_LIMIT:
            self.text.append(data)
            self.text_length += len(data)

    def failure(self) -> Failure:
        get = self.attributes.get
        return Failure(get("type") or None, get("message"), "".join(self.text) or None)


class _Case:
    """A case with children: its results, output and properties."""

    __slots__ = ("attributes", "err", "out", "properties", "results")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.results: list[_Result] = []
        self.properties: dict[str, str] = {}
        self.out = self.err = False


class RepeatedCases:
    """Cases of one name, class, file and line that follow each other in a suite.

    Where one of them did not pass, they are tries of one test, and a pass among them is the
    verdict. Where all passed, they are runs with other parameters.
    """

    def __init__(self, key: tuple[Any, ...], first: Try, shared: dict[str, Any]) -> None:
        self.key = key
        self.tries = [(first, shared)]

    def take(self, tries: list[tuple[Try, bool]], shared: dict[str, Any]) -> bool:
        """Take the next case of the same key; False when it can't belong here."""
        if len(tries) != 1 or len(self.tries) >= _TRIES_LIMIT:
            return False
        self.tries.append((tries[0][0], shared))
        return True

    def resolved(self) -> list[tuple[list[tuple[Try, bool]], dict[str, Any]]]:
        """Return the tries per test, each with whether it is final."""
        statuses = [tried[0] for tried, _shared_columns in self.tries]
        if len(statuses) == 1 or not {FAILED, ERRORED} & set(statuses):
            return [([(tried, True)], shared) for tried, shared in self.tries]
        final = len(statuses) - 1
        if PASSED in statuses:
            final -= statuses[::-1].index(PASSED)
        tries = [(tried, index == final) for index, (tried, _columns) in enumerate(self.tries)]
        return [(tries, self.tries[-1][1])]


class JUnitHandler:
    """Takes the elements of a JUnit document and writes rows.

    The common case, a passed test without children, takes one dictionary look-up per attribute and
    one tuple.
    """

    def __init__(self, sink: Sink) -> None:
        self.switch: Any = None
        self.collector = Collector(sink, FORMAT)
        self.generator = Generator()
        self.root_declared: Totals | None = None
        self.sum_declared = Totals()
        self.depth = 0
        self.plain: dict[str, str] | None = None
        self.case: _Case | None = None
        self.outer_cases: list[_Case] = []
        self.result: _Result | None = None
        self.property_name: str | None = None
        self.suites_in_case: list[_Case | None] = []
        self.held: RepeatedCases | None = None
        self.append = sink.cases.append
        self.report_id = sink.report_id

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag."""
        self.depth += 1
        if tag == "testcase" and self.plain is None and self.case is None:
            self.plain = attributes
            return
        if self.depth > _DEPTH_LIMIT:
            msg = f"elements are nested more than {_DEPTH_LIMIT} deep"
            raise ParseError(msg)
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if self.result is not None:
            return
        if tag in CASE_ALIASES:
            self._start_case(tag, attributes)
        elif tag in SUITE_ALIASES:
            self._start_suite(attributes)
        elif tag in RESULT_TAGS:
            self._start_result(tag, attributes)
        elif tag == "property":
            self._start_property(attributes)
        elif tag == "testsuites" or (tag == "testrun" and self.depth == 1):
            self._start_root(attributes)
        elif tag in ("system-out", "system-err"):
            case = self.open_case()
            if case is not None:
                setattr(case, tag[-3:], True)

    def end(self, tag: str) -> None:
        """Take an end tag."""
        self.depth -= 1
        attributes = self.plain
        if attributes is not None and tag == "testcase":
            self.plain = None
            self._add_plain(attributes)
            return
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        result = self.result
        if result is not None:
            if tag == result.tag:
                self.result = None
                self.switch.CharacterDataHandler = None
                self._end_result(result)
        elif tag in CASE_ALIASES:
            self.end_case()
        elif tag in SUITE_ALIASES:
            self._end_suite()
        elif tag == "property":
            self.switch.CharacterDataHandler = None

    def _start_root(self, attributes: dict[str, str]) -> None:
        self.generator.see_root(attributes)
        totals = totals_of(attributes)
        if not totals.is_silent or totals.time_seconds is not None:
            if self.root_declared is None:
                self.root_declared = totals
            else:
                self.root_declared.add(totals)

    def _start_suite(self, attributes: dict[str, str]) -> None:
        self.flush()
        self.suites_in_case.append(self.open_case())
        self.plain = self.case = None
        self.generator.see_suite(attributes)
        is_top = self.collector.suite.parent is None
        frame = self.collector.open_suite(attributes.get("name"), **suite_fields(attributes))
        frame.declared = totals_of(attributes)
        if is_top:
            self.sum_declared.add(frame.declared)

    def _end_suite(self) -> None:
        self.flush()
        self.collector.close_suite()
        if self.suites_in_case:
            self.case = self.suites_in_case.pop()

    def _start_case(self, tag: str, attributes: dict[str, str]) -> None:
        outer = self.open_case()
        if outer is not None:
            self.outer_cases.append(outer)
        self.plain = None
        self.case = _Case(attributes)
        if tag == "ignored-testcase":
            self.case.results.append(_Result("skipped", {}))

    def end_case(self) -> None:
        """Write the rows of the open case."""
        case = self.open_case()
        self.plain = None
        self.case = self.outer_cases.pop() if self.outer_cases else None
        if case is not None:
            self._add_case(case)

    def open_case(self) -> _Case | None:
        """Return the case that is open; a plain one becomes one with children."""
        if self.plain is not None:
            self.case, self.plain = _Case(self.plain), None
        return self.case

    def _start_result(self, tag: str, attributes: dict[str, str]) -> None:
        case = self.open_case()
        if case is None and (tag not in ("failure", "error") or self.collector.suite.index is None):
            return
        self.result = _Result(tag, attributes)
        self.switch.CharacterDataHandler = self.result.take
        if case is not None:
            case.results.append(self.result)

    def _end_result(self, result: _Result) -> None:
        """Add a failure that stands in a suite, outside of every case, as a case of its own."""
        if self.case is None:
            suite = self.collector.suite
            self.collector.add_case(
                suite.name, ERRORED, failure=result.failure(), is_synthetic=True, file=suite.file
            )

    def _start_property(self, attributes: dict[str, str]) -> None:
        name = attributes.get("name")
        if not name:
            return
        value = attributes.get("value")
        case = self.open_case()
        if case is not None:
            held = case.properties
        else:
            suite = self.collector.suite
            if suite.properties is None:
                suite.properties = {}
            held = suite.properties
            self.generator.see_property(name)
        if len(held) < _PROPERTY_LIMIT:
            held[name] = value or ""
            if value is None:
                # The value may also stand between the tags.
                self.switch.CharacterDataHandler = lambda data: held.update(
                    {name: (held[name] + data)[:_TEXT_LIMIT]}
                )

    def _add_plain(self, attributes: dict[str, str]) -> None:
        """Write the row of a case without children."""
        get = attributes.get
        name = get("name", "")
        text = get("time")
        try:
            seconds = float(text) if text else None
        except ValueError:
            seconds = to_seconds(text)
        if seconds is not None and not 0.0 <= seconds < 1e12:
            seconds = None
        collector = self.collector
        suite = collector.suite
        status = PASSED
        class_name = get("classname")
        if len(attributes) != 3 or class_name is None or text is None:
            if not attributes.keys() <= _PLAIN_ATTRIBUTES:
                class_name = class_name or get("class")
                status = status_of_attributes(attributes) or PASSED
                self.generator.see_case(attributes)
            if "line" in attributes or "file" in attributes or self.held is not None:
                self.add_located(status, attributes, seconds)
                return
        if status is PASSED:
            suite.passed += 1
            collector.passed += 1
        else:
            collector.count(suite, status)
        if seconds is not None:
            collector.time_of_cases += seconds
            collector.has_case_times = True
        index = collector.case_index
        collector.case_index = index + 1
        self.append(
            (
                self.report_id, index, suite.index, suite.path, suite.name, class_name, name,
                parameters_of(name) if name[-1:] == "]" else None, None, None, status, seconds, 0,
                True, None, None, None, False, False, None, False, None,
            )
        )  # fmt: skip

    def add_located(self, status: str, attributes: dict[str, str], seconds: float | None) -> None:
        """Add a case without children that says where it stands; it may be a repeated try."""
        name = attributes.get("name") or ""
        self._add_tries([((status, None, seconds), True)], name, _shared(attributes, name))

    def _add_case(self, case: _Case) -> None:
        """Write the rows of a case with children: one per try."""
        attributes = case.attributes
        self.generator.see_case(attributes)
        name = attributes.get("name") or ""
        shared = _shared(attributes, name)
        shared.update(
            owner_tag=owner_of(case.properties),
            properties=case.properties or None,
            has_out=case.out,
            has_err=case.err,
        )
        seconds = to_seconds(attributes.get("time", attributes.get("duration")))
        tries, status, failure = _verdict(case)
        status = status or status_of_attributes(attributes) or PASSED
        self._add_tries(
            [*((tried, False) for tried in tries), ((status, failure, seconds), True)],
            name,
            shared,
        )

    def _add_tries(self, tries: list[tuple[Try, bool]], name: str, shared: dict[str, Any]) -> None:
        """Write tries, or hold them back while the next case may be the same test again."""
        key = (shared["class_name"], name, shared["file"], shared["line"])
        if self.held is not None:
            if self.held.key == key and self.held.take(tries, shared):
                return
            self.flush()
        if len(tries) == 1 and shared["file"] and shared["line"]:
            self.held = RepeatedCases(key, tries[0][0], shared)
            return
        self._write(tries, name, shared)

    def flush(self) -> None:
        """Write what is held back."""
        held, self.held = self.held, None
        if held is not None:
            for tries, shared in held.resolved():
                self._write(tries, held.key[1], shared)

    def _write(self, tries: list[tuple[Try, bool]], name: str, shared: dict[str, Any]) -> None:
        for index, ((status, failure, seconds), is_final) in enumerate(tries):
            self.collector.add_case(
                name,
                status,
                failure=failure,
                seconds=seconds,
                retry_index=index,
                is_final=is_final,
                **shared,
            )


def _shared(attributes: dict[str, str], name: str) -> dict[str, Any]:
    """Return the columns that all tries of a case have in common."""
    get = attributes.get
    return {
        "class_name": get("classname") or get("class"),
        "parameters": parameters_of(name),
        "file": get("file") or get("filepath"),
        "line": to_line(get("line") or get("lineno")),
    }


def _verdict(
    case: _Case,
) -> tuple[list[Try], str | None, Failure | None]:
    """Return the earlier tries, the final status (None when nothing speaks) and its reason.

    An error weighs more than a failure, a failure more than a skip. With `rerun…` elements the
    plain failure is the first try and the last rerun the final one; `flaky…` elements are failed
    tries before a pass.
    """
    by_tag: dict[str, list[_Result]] = {}
    for result in case.results:
        by_tag.setdefault(RESULT_TAGS[result.tag], []).append(result)
    earlier = [_try(result) for result in case.results if result.tag.startswith("flaky")]
    reruns = [result for result in case.results if result.tag.startswith("rerun")]
    for status in (ERRORED, FAILED):
        found = by_tag.get(status)
        if not found:
            continue
        if reruns:
            tries = [*earlier, _try(found[0]), *(_try(rerun) for rerun in reruns)]
            return tries[:-1], status, tries[-1][1]
        return earlier, status, found[0].failure()
    skipped = by_tag.get(SKIPPED)
    if skipped:
        reason = skipped[0].failure()
        is_expected_failure = (reason.type or "").casefold() in ("pytest.xfail", "xfail", "todo")
        return (
            [*earlier, *(_try(rerun) for rerun in reruns)],
            QUARANTINED if is_expected_failure else SKIPPED,
            reason,
        )
    if reruns:
        tries = [*earlier, *(_try(rerun) for rerun in reruns)]
        return tries[:-1], tries[-1][0], tries[-1][1]
    return earlier, None, None


def _try(result: _Result) -> Try:
    status = ERRORED if result.tag.lower().endswith("error") else FAILED
    return status, result.failure(), to_seconds(result.attributes.get("time"))


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a JUnit document.

    Args:
        source: Bytes or a seekable binary stream.
        sink: Takes the rows.
        name: File name, for nothing but messages.

    Raises:
        ParseError: Nothing could be read, or the document declares entities.
    """
    handler = JUnitHandler(sink)
    problem: str | None
    try:
        outcome = drive(source, handler)
        problem, is_complete = outcome.problem, outcome.is_complete
    except ParseError as error:
        if handler.collector.case_index == 0:
            raise
        problem, is_complete = error.reason, False
    case = handler.open_case()
    if case is not None and not is_complete and case.results:
        # The file was cut inside a case that had already failed: its verdict is known.
        handler.end_case()
    handler.flush()
    declared = handler.root_declared or Totals()
    if declared.is_silent:
        declared = Totals(
            handler.sum_declared.tests,
            handler.sum_declared.failed,
            handler.sum_declared.errored,
            handler.sum_declared.skipped,
            declared.time_seconds
            if declared.time_seconds is not None
            else handler.sum_declared.time_seconds,
        )
    elif declared.time_seconds is None:
        declared.time_seconds = handler.sum_declared.time_seconds
    return handler.collector.finish(
        generator=handler.generator.name(),
        declared=declared,
        problem=problem,
        is_complete=is_complete,
    )
