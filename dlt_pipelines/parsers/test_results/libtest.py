"""The JSON lines of Rust's test harness (`--format json`), which nextest can write too.

nextest writes one end for all tries of a test, and the number of the last one behind its name
(`tests::flaky#3`). Its tests end behind their suite where another suite ran beside it.
"""

import re
from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, read_lines, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_seconds

_TRY = re.compile(r"#([1-9]\d{0,8})$")
_TRIES_LIMIT = 1_000
_OF_NEXTEST = "$"
"""Between the binary and the test, where nextest names them."""
_STATUS = {"ok": PASSED, "failed": FAILED, "ignored": SKIPPED, "timeout": None}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read one or several test binaries; a test that started and never ended is errored."""
    collector = Collector(sink, "libtest-json")
    running: dict[str, None] = {}
    of_nextest: dict[str, None] = {}
    problem: str | None = None
    is_open = False
    seconds: float | None = None
    for event, wrong in read_lines(source):
        if wrong and "`{" in wrong:
            problem = problem or wrong
        event = as_dict(event)
        kind, word = event.get("type"), event.get("event")
        test = text_of(event.get("name")) or ""
        if kind == "suite":
            if word == "started":
                collector.open_suite("")
                is_open = True
            else:
                _end(collector, running)
                total = to_seconds(event.get("exec_time"))
                if total is not None:
                    seconds = (seconds or 0.0) + total
                collector.close_suite()
                is_open = False
        elif kind == "test" and word == "started":
            (of_nextest if _OF_NEXTEST in test else running)[test] = None
        elif kind == "test" and word in ("ok", "failed", "ignored"):
            tries = 1
            found = _TRY.search(test)
            if found and test not in of_nextest and test[: found.start()] in of_nextest:
                test, tries = test[: found.start()], min(int(found[1]), _TRIES_LIMIT)
            of_nextest.pop(test, None)
            running.pop(test, None)
            _add(collector, test, str(word), event, tries)
        elif kind == "bench" and test:
            _add(collector, test, "ok", {})
    _end(collector, running | of_nextest)
    return collector.finish(
        generator="libtest",
        problem=problem,
        is_complete=not is_open and problem is None,
        time_seconds=seconds,
    )


def _add(collector: Collector, test: str, word: str, event: dict[str, Any], tries: int = 1) -> None:
    """Add a test; why its tries before the last one failed is not told."""
    path, _, last = test.rpartition("::")
    status = _STATUS.get(word) or ERRORED
    output = text_of(event.get("stdout"))
    failure = None
    if status != PASSED:
        failure = Failure(None, text_of(event.get("message")), output)
    for index in range(tries - 1):
        collector.add_case(
            last or test, FAILED, class_name=path or None, retry_index=index, is_final=False
        )
    collector.add_case(
        last or test,
        status,
        retry_index=tries - 1,
        class_name=path or None,
        seconds=to_seconds(event.get("exec_time")),
        failure=failure,
        has_out=output is not None,
    )


def _end(collector: Collector, running: dict[str, None]) -> None:
    for test in running:
        collector.add_case(
            test.rpartition("::")[2],
            ERRORED,
            class_name=test.rpartition("::")[0] or None,
            failure=Failure(None, "the test started but never ended"),
        )
    running.clear()
