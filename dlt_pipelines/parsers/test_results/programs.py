"""Results of runners whose tests are programs: Avocado, Meson, Twister, Automake and DejaGnu.

Most have a word for a failure that was expected (no verdict) and for a pass that was not, which
fails the run. Sources: `result.json` of Avocado; `testlog.json` of Meson (`TestResult` in
`mesonbuild/mtest.py`); `twister.json` of Zephyr's Twister, as its `reporting.py` counts, which
leaves out what was filtered; the `.trs` files of Automake's parallel test harness (Automake manual,
"API for Custom Test Drivers"); the `.sum` and `.log` files of DejaGnu (its manual, "Test cases").
"""

import re
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from dlt_pipelines.parsers.coverage.source import text_lines
from dlt_pipelines.parsers.json_document import (
    as_dict,
    dicts,
    read_document,
    read_lines,
    text_of,
)
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_count, to_seconds

_AVOCADO = {
    "PASS": PASSED, "WARN": PASSED, "FAIL": FAILED, "ERROR": ERRORED, "INTERRUPTED": ERRORED,
    "SKIP": SKIPPED, "CANCEL": SKIPPED,
}  # fmt: skip
_MESON = {
    "OK": PASSED, "FAIL": FAILED, "UNEXPECTEDPASS": FAILED, "ERROR": ERRORED, "TIMEOUT": ERRORED,
    "INTERRUPT": ERRORED, "SKIP": SKIPPED, "IGNORED": SKIPPED, "EXPECTEDFAIL": QUARANTINED,
}  # fmt: skip
_TWISTER = {
    "passed": PASSED, "failed": FAILED, "blocked": FAILED, "error": ERRORED, "skipped": SKIPPED,
    "filtered": SKIPPED, "not run": SKIPPED, "notrun": SKIPPED, "started": SKIPPED,
}  # fmt: skip
_AUTOMAKE = {
    "PASS": PASSED, "FAIL": FAILED, "XPASS": FAILED, "ERROR": ERRORED, "SKIP": SKIPPED,
    "XFAIL": QUARANTINED,
}  # fmt: skip
_DEJAGNU = {
    "PASS": PASSED, "FAIL": FAILED, "XPASS": FAILED, "KPASS": FAILED, "UNRESOLVED": ERRORED,
    "UNTESTED": SKIPPED, "UNSUPPORTED": SKIPPED, "XFAIL": QUARANTINED, "KFAIL": QUARANTINED,
}  # fmt: skip
_TEST_OF_AVOCADO = re.compile(r"(?:\d+-)?(.*?)(?:;(.*))?$", re.DOTALL)
_METHOD = re.compile(r"(.+):([\w.]+)\.(\w+)$")
_SAID_NOTHING = ("None", "<unknown>")
_FIELD = re.compile(r"^:([\w-]+):\s*(\S+)\s*(?:-\s+)?(.*)$")
_GLOBAL = ("global-test-result", "test-global-result")
_CASE = re.compile(rf"^({'|'.join(_DEJAGNU)}): (.+)$")
_SCRIPT = re.compile(r"^Running (.+\.exp) \.\.\.$")
_TARGET = re.compile(r"^Running target (\S+)$")
_SUMMARY = re.compile(r"^\t\t=== .+ Summary")
_BROKEN_SCRIPT = re.compile(r"^ERROR: (tcl error sourcing .+)$")
_TESTSUITE = "/testsuite/"


def read_avocado(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a job of Avocado."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "avocado-json")
    for test in dicts(report.get("tests")):
        # The last test of a file that was cut off may lack it.
        if "status" in test:
            _add_avocado(collector, test)
    total, failed, errored, skipped = (
        to_count(report.get(key)) for key in ("total", "failures", "errors", "skip")
    )
    declared = Totals(total, failed, errored, skipped, to_seconds(report.get("time")))
    return finish_document(collector, document, "avocado", declared)


def _add_avocado(collector: Collector, test: dict[str, Any]) -> None:
    identity = text_of(test.get("id")) or text_of(test.get("url")) or text_of(test.get("test"))
    found = _TEST_OF_AVOCADO.match(identity or "")
    title, variant = (found[1], found[2]) if found else ("", None)
    method = _METHOD.match(title)
    word = str(test.get("status"))
    status = _AVOCADO.get(word, ERRORED)
    reason = text_of(test.get("fail_reason"))
    said = None if reason in _SAID_NOTHING else reason
    collector.add_case(
        method[3] if method else title,
        status,
        class_name=method[2] if method else None,
        file=method[1] if method else None,
        parameters=variant,
        seconds=to_seconds(test.get("time")),
        failure=None if status == PASSED else Failure(word, said),
    )


def read_meson(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the lines that Meson writes, one for each test that ended."""
    collector = Collector(sink, "meson-json")
    problem: str | None = None
    for test, wrong in read_lines(source):
        problem = problem or wrong
        if isinstance(test, dict) and "result" in test:
            _add_meson(collector, test)
    return collector.finish(generator="meson", problem=problem, is_complete=problem is None)


def _add_meson(collector: Collector, test: dict[str, Any]) -> None:
    suites, _, title = (text_of(test.get("name")) or "").rpartition(" / ")
    word = str(test.get("result"))
    status = _MESON.get(word, ERRORED)
    out, err = text_of(test.get("stdout")), text_of(test.get("stderr"))
    said = None if word in ("FAIL", "SKIP", "EXPECTEDFAIL") else word.casefold()
    collector.add_case(
        title,
        status,
        class_name=suites or None,
        seconds=to_seconds(test.get("duration")),
        failure=None if status == PASSED else Failure(word, said, err or out),
        has_out=out is not None,
        has_err=err is not None,
    )


def read_twister(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a run; one suite per test application and platform."""
    document = read_document(source)
    collector = Collector(sink, "twister-json")
    for suite in dicts(as_dict(document.value).get("testsuites")):
        if suite.get("status") != "filtered":
            _add_twister(collector, suite)
    return finish_document(collector, document, "twister")


def _add_twister(collector: Collector, suite: dict[str, Any]) -> None:
    title, platform = text_of(suite.get("name")), text_of(suite.get("platform"))
    shared: dict[str, Any] = {"class_name": title, "parameters": platform}
    reason = text_of(suite.get("reason"))
    frame = collector.open_suite(title, time_seconds=to_seconds(suite.get("execution_time")))
    for case in dicts(suite.get("testcases")):
        word = text_of(case.get("status")) or "none"
        status = _TWISTER.get(word, SKIPPED)
        said = text_of(case.get("reason")) or reason
        collector.add_case(
            text_of(case.get("identifier")),
            status,
            seconds=to_seconds(case.get("execution_time")),
            failure=None if status == PASSED else Failure(word, said, text_of(case.get("log"))),
            **shared,
        )
    has_broken = _TWISTER.get(str(suite.get("status"))) in (FAILED, ERRORED)
    if has_broken and not (frame.failed or frame.errored):
        failure = Failure(None, reason, text_of(suite.get("log")))
        collector.add_case(title, ERRORED, failure=failure, is_synthetic=True, **shared)
    collector.close_suite()


def read_automake(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read what one test script came to: a result for each of its tests, or one for all."""
    collector = Collector(sink, "automake-trs")
    script = PurePosixPath(name.replace("\\", "/").rpartition("!")[2]).stem or "test"
    outcome: str | None = None
    for line in text_lines(source):
        field = _FIELD.match(line)
        if field and field[1] == "test-result":
            _add_automake(collector, field[2], field[3], script)
        elif field and field[1] in _GLOBAL:
            outcome = field[2]
    if outcome is not None and collector.case_index == 0:
        _add_automake(collector, outcome, "", script)
    return collector.finish(generator="automake", is_complete=outcome is not None)


def _add_automake(collector: Collector, word: str, title: str, script: str) -> None:
    status = _AUTOMAKE.get(word, ERRORED)
    collector.add_case(
        title or script,
        status,
        class_name=script if title else None,
        failure=None if status == PASSED else Failure(word),
    )


def read_dejagnu(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a run; one suite per script."""
    collector = Collector(sink, "dejagnu-text")
    target: str | None = None
    is_complete = False
    for line in text_lines(source):
        if (case := _CASE.match(line)) is not None:
            status = _DEJAGNU[case[1]]
            failure = None if status == PASSED else Failure(case[1])
            collector.add_case(case[2].strip(), status, parameters=target, failure=failure)
        elif (script := _SCRIPT.match(line)) is not None:
            collector.close_suite()
            collector.open_suite(_short(script[1]), file=script[1])
        elif (found := _TARGET.match(line)) is not None:
            # Most runs have this one variation; others tell their tests apart by it.
            target = None if found[1] == "unix" else found[1]
        elif (broken := _BROKEN_SCRIPT.match(line)) is not None:
            suite = collector.suite.name
            collector.add_case(suite, ERRORED, failure=Failure(None, broken[1]), is_synthetic=True)
        elif _SUMMARY.match(line):
            is_complete = True
    return collector.finish(generator="dejagnu", is_complete=is_complete)


def _short(script: str) -> str:
    """Return a script's place without that of the sources, which differs by machine."""
    _, mark, inside = script.rpartition(_TESTSUITE)
    return inside if mark else PurePosixPath(script).name
