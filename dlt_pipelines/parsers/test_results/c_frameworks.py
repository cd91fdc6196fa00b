"""Reports of the unit test frameworks for C: Check, CUnit, GLib's gtester, UnitTest++.

All are small and flat: a suite, its tests, a result each.
"""

import re
from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_count, to_line, to_seconds, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_CHECK = {"success": PASSED, "failure": FAILED, "error": ERRORED, "skipped": SKIPPED}
_AT = re.compile(r"^(.+?)[:(](\d+)\)?(?:\s*:\s*(.*))?$", re.DOTALL)


def _place(text: str | None) -> tuple[str | None, int | None]:
    """Split `file.c:12`, `file.c(12) : message` into file and line."""
    found = _AT.match(text or "")
    return (found[1], to_line(found[2])) if found else (None, None)


def read_check(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the XML of Check (https://libcheck.github.io)."""
    tree = read_tree(source)
    collector = Collector(sink, "check-xml")
    started = to_timestamp(tree.root.child_text("datetime"))
    for suite in tree.root.all("suite"):
        collector.open_suite(suite.child_text("title"), started_at=started)
        for test in suite.all("test"):
            file, line = _place(test.child_text("fn"))
            status = _CHECK.get(test.get("result") or "", ERRORED)
            message = test.child_text("message")
            iteration = test.child_text("iteration")
            collector.add_case(
                test.child_text("id"),
                status,
                class_name=test.child_text("description"),
                seconds=to_seconds(test.child_text("duration")),
                failure=None if status == PASSED else Failure(None, message),
                parameters=iteration if iteration not in (None, "0") else None,
                file=file,
                line=line,
            )
        collector.close_suite()
    seconds = to_seconds(tree.root.child_text("duration"))
    return finish_document(collector, tree, "check", time_seconds=seconds)


_CUNIT_FAILURE = "CUNIT_RUN_TEST_FAILURE"


def read_cunit(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the XML of CUnit's automated interface (https://cunit.sourceforge.net).

    A suite whose set-up failed has no tests: that is one errored case. A test has a record for each
    assertion that failed.
    """
    tree = read_tree(source)
    collector = Collector(sink, "cunit-xml")
    for suite in tree.root.walk("CUNIT_RUN_SUITE_SUCCESS", "CUNIT_RUN_SUITE_FAILURE"):
        collector.open_suite(suite.child_text("SUITE_NAME"))
        if suite.tag == "CUNIT_RUN_SUITE_FAILURE":
            reason = suite.child_text("FAILURE_REASON")
            collector.add_case(
                collector.suite.name, ERRORED, failure=Failure(None, reason), is_synthetic=True
            )
        tests = [test for record in suite.all("CUNIT_RUN_TEST_RECORD") for test in record.children]
        failed_last = None
        for test in tests:
            failed = test.child_text("TEST_NAME") if test.tag == _CUNIT_FAILURE else None
            if failed is None or failed != failed_last:
                _add_cunit(collector, test)
            failed_last = failed
        collector.close_suite()
    return finish_document(collector, tree, "cunit")


def _add_cunit(collector: Collector, test: Node) -> None:
    failed = test.tag == _CUNIT_FAILURE
    condition = test.child_text("CONDITION")
    collector.add_case(
        test.child_text("TEST_NAME"),
        FAILED if failed else PASSED,
        failure=Failure(None, condition) if failed else None,
        file=test.child_text("FILE_NAME"),
        line=to_line(test.child_text("LINE_NUMBER")),
        seconds=to_seconds(test.child_text("TIME", "DURATION")),
    )


def read_gtester(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the XML of GLib's gtester."""
    tree = read_tree(source)
    collector = Collector(sink, "gtester-xml")
    for binary in tree.root.walk("testbinary"):
        seconds = to_seconds(binary.child_text("duration"))
        collector.open_suite(binary.get("path"), time_seconds=seconds)
        for case in binary.all("testcase"):
            path = case.get("path") or ""
            group, _, last = path.rstrip("/").rpartition("/")
            error = case.child("error")
            state = case.child("status")
            result = (state.get("result") if state else "") or ""
            status = PASSED
            if case.get("skipped") == "1" or result.startswith("skip"):
                status = SKIPPED
            elif result == "failed" or error is not None:
                status = FAILED
            collector.add_case(
                last or path,
                status,
                class_name=group.strip("/").replace("/", ".") or None,
                seconds=to_seconds(case.child_text("duration")),
                failure=Failure(None, error.text.strip()) if error is not None else None,
                has_out=case.child("message") is not None,
            )
        collector.close_suite()
    return finish_document(collector, tree, "gtester")


def read_unittestpp(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the XML of UnitTest++; one suite per value of the attribute `suite`."""
    tree = read_tree(source)
    collector = Collector(sink, "unittestpp-xml")
    suites: dict[str, list[Node]] = {}
    for test in tree.root.all("test"):
        suites.setdefault(test.get("suite") or "", []).append(test)
    for suite, tests in suites.items():
        collector.open_suite(suite)
        for test in tests:
            failures = test.all("failure")
            messages = "\n".join(failure.get("message") or "" for failure in failures)
            file, line = _place(messages.partition("\n")[0])
            collector.add_case(
                test.get("name"),
                FAILED if failures else PASSED,
                seconds=to_seconds(test.get("time")),
                failure=Failure(None, messages) if failures else None,
                file=file,
                line=line,
            )
        collector.close_suite()
    get = tree.root.get
    declared = Totals(to_count(get("tests")), to_count(get("failedtests")))
    declared.time_seconds = to_seconds(get("time"))
    return finish_document(collector, tree, "unittest++", declared)
