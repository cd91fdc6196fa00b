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
from dlt_pipelines.parsers.test_results.collector import Collector, Totals
from dlt_pipelines.parsers.test_results.junit_cases import (
    Case,
    RepeatedCases,
    Result,
    Try,
    drop_warnings,
    shared_columns,
    take_directives,
    take_flakes,
    verdict,
)
from dlt_pipelines.parsers.test_results.junit_dialects import (
    CASE_ALIASES,
    ONE_CASE_PER_TEST,
    RESULT_TAGS,
    ROOT_SUITE,
    SUITE_ALIASES,
    Generator,
    is_repetition,
    owner_of,
    status_of_attributes,
    suite_fields,
    totals_of,
)
from dlt_pipelines.parsers.test_results.junit_plain import PlainCases, write_batch
from dlt_pipelines.parsers.test_results.junit_reruns import WaitingCases
from dlt_pipelines.parsers.test_results.model import ERRORED, PASSED, Sink, TestReport
from dlt_pipelines.parsers.values import to_seconds
from dlt_pipelines.parsers.xml_stream import drive

FORMAT = "junit-xml"

_DEPTH_LIMIT = 1_000
_PROPERTY_LIMIT = 200
_VALUE_LIMIT = 10_000
"""Characters of a property's value."""
_RESULTS_LIMIT = 100
_RUN = "test run"
"""Name of the case for an error that stands beside the suites (busted's files that do not load)."""
_OUTPUT_TAGS = ("system-out", "system-err")


class JUnitHandler:
    """Takes the elements of a JUnit document and writes rows.

    Cases without children come from `junit_plain`, which stands in front of it for speed.
    """

    def __init__(self, sink: Sink) -> None:
        self.switch: Any = None
        self.collector = Collector(sink, FORMAT)
        self.generator = Generator()
        self.root_declared: Totals | None = None
        self.root_file: str | None = None
        self.sum_declared = Totals()
        self.depth = 0
        self.case: Case | None = None
        self.outer_cases: list[Case] = []
        self.result: Result | None = None
        self.suites_in_case: list[Case | None] = []
        self.held: RepeatedCases | None = None
        self.waiting: WaitingCases | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag that isn't a plain case."""
        self.depth += 1
        if self.depth > _DEPTH_LIMIT:
            msg = f"elements are nested more than {_DEPTH_LIMIT} deep"
            raise ParseError(msg)
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if self.result is not None:
            if tag in _OUTPUT_TAGS:
                self.switch.CharacterDataHandler = None
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
        elif tag in _OUTPUT_TAGS and self.case is not None:
            setattr(self.case, tag[-3:], True)

    def end(self, tag: str) -> None:
        """Take an end tag that isn't a plain case's."""
        self.depth -= 1
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        result = self.result
        if result is not None:
            if tag == result.tag:
                self.result = None
                self.switch.CharacterDataHandler = None
                self._end_result(result)
            elif tag in _OUTPUT_TAGS:
                self.switch.CharacterDataHandler = result.take
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
        self.suites_in_case.append(self.case)
        self.case = None
        self.generator.see_suite(attributes)
        if self.waiting is None and self.generator.name() == "pytest":
            self.waiting = WaitingCases(self._write, self.write_plain)
        is_top = self.collector.suite.parent is None
        fields = suite_fields(attributes)
        if attributes.get("name") == ROOT_SUITE:
            self.root_file = fields["file"]
        frame = self.collector.open_suite(attributes.get("name"), **fields)
        frame.file = frame.file or self.root_file
        frame.declared = totals_of(attributes)
        if is_top:
            self.sum_declared.add(frame.declared)

    def _end_suite(self) -> None:
        self.flush()
        self._add_unlisted_error()
        self.collector.close_suite()
        if self.suites_in_case:
            self.case = self.suites_in_case.pop()

    def _add_unlisted_error(self) -> None:
        """Add the error of a suite in which no test ran, such as that of cmocka's group set-up."""
        suite = self.collector.suite
        declared = suite.declared
        if declared.tests == 0 and not suite.case_count and (declared.failed or declared.errored):
            self.collector.add_case(suite.name, ERRORED, is_synthetic=True, file=suite.file)

    def open_plain(self, attributes: dict[str, str]) -> None:
        """Take over a case that turned out to have children."""
        self.depth += 1
        self.case = Case(attributes)

    def _start_case(self, tag: str, attributes: dict[str, str]) -> None:
        if self.case is not None:
            self.outer_cases.append(self.case)
        self.case = Case(attributes)
        if tag == "ignored-testcase":
            self.case.results.append(Result("skipped", {}))

    def end_case(self) -> None:
        """Write the rows of the open case."""
        case = self.case
        self.case = self.outer_cases.pop() if self.outer_cases else None
        if case is not None:
            self._add_case(case)

    def _start_result(self, tag: str, attributes: dict[str, str]) -> None:
        case = self.case
        if case is None and tag not in ("failure", "error"):
            return
        self.result = Result(tag, attributes)
        if case is not None:
            if len(case.results) >= _RESULTS_LIMIT:
                return
            case.results.append(self.result)
        self.switch.CharacterDataHandler = self.result.take

    def _end_result(self, result: Result) -> None:
        """Add a failure that stands outside of every case as a case of its own."""
        if self.case is None:
            suite = self.collector.suite
            name = _RUN if suite.index is None else suite.name
            self.collector.add_case(
                name, ERRORED, failure=result.failure(), is_synthetic=True, file=suite.file
            )

    def _start_property(self, attributes: dict[str, str]) -> None:
        name = attributes.get("name")
        if not name:
            return
        value = attributes.get("value")
        case = self.case
        if case is not None:
            held = case.properties
        else:
            suite = self.collector.suite
            if suite.properties is None:
                suite.properties = {}
            held = suite.properties
            self.generator.see_property(name)
        if len(held) < _PROPERTY_LIMIT:
            # A name may come again, as that of a bug or of a step does: each value is kept.
            before = f"{held[name]}\n" if name in held else ""
            held[name] = f"{before}{value or ''}"[:_VALUE_LIMIT]
            if value is None:
                # The value may also stand between the tags.
                self.switch.CharacterDataHandler = lambda data: held.update(
                    {name: (held[name] + data)[:_VALUE_LIMIT]}
                )

    def take_plain(self, cases: list[dict[str, str]]) -> None:
        """Take cases without children; those of pytest wait for another try."""
        if self.waiting is None:
            self.write_plain(cases)
            return
        for attributes in cases:
            self.waiting.add_plain(attributes)

    def write_plain(self, cases: list[dict[str, str]]) -> None:
        """Write cases without children, all at once where they have no more than name and time."""
        if write_batch(self.collector, cases):
            return
        for attributes in cases:
            status = status_of_attributes(attributes) or PASSED
            self.generator.see_case(attributes)
            name = attributes.get("name") or ""
            plain: Try = status, None, to_seconds(attributes.get("time"))
            tries = [(plain, True)]
            shared = shared_columns(attributes, name)
            if self.waiting is None:
                self._add_tries(tries, name, shared)
            else:
                self._write(tries, name, shared)

    def _add_case(self, case: Case) -> None:
        """Write the rows of a case with children: one per try."""
        attributes = case.attributes
        self.generator.see_case(attributes)
        name = attributes.get("name") or ""
        shared = shared_columns(attributes, name)
        shared.update(
            owner_tag=owner_of(case.properties) or shared["owner_tag"],
            properties=case.properties or None,
            has_out=case.out,
            has_err=case.err,
        )
        generator = self.generator.name()
        if generator == "doctest":
            drop_warnings(case)
        elif generator == "node-tap":
            take_directives(case)
        elif generator == "firebase":
            take_flakes(case)
        tries = verdict(case)
        last = len(tries) - 1
        self._add_tries(
            [(tried, index == last) for index, tried in enumerate(tries)],
            name,
            shared,
            is_one_of_several=len(tries) == 1 and is_repetition(case.properties),
        )

    def _add_tries(
        self,
        tries: list[tuple[Try, bool]],
        name: str,
        shared: dict[str, Any],
        *,
        is_one_of_several: bool = False,
    ) -> None:
        """Write tries, or hold them back while the next case may be the same test again."""
        if self.waiting is not None:
            self.waiting.add(tries, name, shared)
            return
        key = (shared["class_name"], name, shared["file"], shared["line"], is_one_of_several)
        if self.held is not None:
            if self.held.key == key and self.held.take(tries, shared):
                return
            self.flush()
        has_place = len(tries) == 1 and shared["file"] and shared["line"]
        if is_one_of_several or (has_place and self.generator.name() not in ONE_CASE_PER_TEST):
            self.held = RepeatedCases(key, tries[0][0], shared, is_one_test=is_one_of_several)
            return
        self._write(tries, name, shared)

    def flush(self) -> None:
        """Write the repeated cases that are held back."""
        if self.waiting is not None:
            self.waiting.finish(self.collector.suite.declared.tests)
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


def _complete(declared: Totals, sums: Totals) -> None:
    for name in ("failed", "errored", "skipped"):
        if getattr(declared, name) is None:
            setattr(declared, name, getattr(sums, name))


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
    plain_cases = PlainCases(handler)
    problem: str | None
    try:
        outcome = drive(source, plain_cases)
        plain_cases.finish()
        problem, is_complete = outcome.problem, outcome.is_complete
    except ParseError as error:
        plain_cases.finish()
        if handler.collector.case_index == 0 and handler.collector.suite_count == 0:
            raise
        problem, is_complete = error.reason, False
    case = handler.case
    if case is not None and not is_complete and case.results:
        # The file was cut inside a case that had already failed: its verdict is known.
        handler.end_case()
    handler.flush()
    declared = handler.root_declared or Totals()
    if handler.collector.root.case_count:
        # Suites do not speak for the cases beside them.
        handler.sum_declared = Totals()
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
    else:
        if declared.tests == handler.sum_declared.tests:
            # What the root leaves out, its suites may say.
            _complete(declared, handler.sum_declared)
        if declared.time_seconds is None:
            declared.time_seconds = handler.sum_declared.time_seconds
    return handler.collector.finish(
        generator=handler.generator.name(),
        declared=declared,
        problem=problem,
        is_complete=is_complete,
    )
