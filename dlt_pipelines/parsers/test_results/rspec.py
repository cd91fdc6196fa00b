"""RSpec's JSON formatter: examples with file and line.

`pending` covers skipped examples and expected failures; both count as skipped, the latter
quarantined (their message says so). Errors outside of examples are errored, synthetic cases.
"""

from typing import BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document, text_of
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
from dlt_pipelines.parsers.values import to_count, to_line, to_seconds

_STATUS = {"passed": PASSED, "failed": FAILED, "pending": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report; one suite per file."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "rspec-json")
    groups: dict[str, list[dict[str, object]]] = {}
    for example in dicts(report.get("examples")):
        groups.setdefault(text_of(example.get("file_path")) or "", []).append(example)
    for file, examples in groups.items():
        collector.open_suite(file, file=file or None)
        for example in examples:
            status = _STATUS.get(str(example.get("status")))
            if status is None:
                continue
            error = as_dict(example.get("exception"))
            message = text_of(error.get("message")) or text_of(example.get("pending_message"))
            trace = "\n".join(str(line) for line in as_list(error.get("backtrace"))[:200])
            full = text_of(example.get("full_description")) or ""
            short = text_of(example.get("description")) or full
            collector.add_case(
                short,
                status,
                class_name=full.removesuffix(short).strip() or None,
                seconds=to_seconds(example.get("run_time")),
                failure=None
                if status == PASSED
                else Failure(text_of(error.get("class")), message, trace),
                file=file or None,
                line=to_line(example.get("line_number")),
            )
        collector.close_suite()
    summary = as_dict(report.get("summary"))
    outside = to_count(summary.get("errors_outside_of_examples_count")) or 0
    messages = "\n".join(str(text) for text in as_list(report.get("messages"))[:20])
    for _ in range(min(outside, 100)):
        collector.add_case(
            "error outside of examples",
            ERRORED,
            failure=Failure(None, None, messages),
            is_synthetic=True,
        )
    declared = Totals(
        to_count(summary.get("example_count")),
        to_count(summary.get("failure_count")),
        to_count(summary.get("errors_outside_of_examples_count")),
        to_count(summary.get("pending_count")),
        to_seconds(summary.get("duration")),
    )
    return finish_document(collector, document, "rspec", declared)
