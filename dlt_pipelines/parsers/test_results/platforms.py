"""JSON of tests that run inside of a platform: Apex in Salesforce, automation in Unreal Engine.

Sources: `sf apex run test --result-format json` and the `TestResult` of Salesforce's `apex-node`;
`index.json` of Unreal's automation reports (`FAutomatedTestPassResults`).
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document, joined
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_line, to_seconds

_APEX = {"Pass": PASSED, "Fail": FAILED, "CompileFail": ERRORED, "Skip": SKIPPED}
_UNREAL = {
    "Success": PASSED, "Fail": FAILED, "InProcess": ERRORED, "NotRun": SKIPPED, "Skipped": SKIPPED,
}  # fmt: skip


def read_apex(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a run of Apex tests, with or without the command's answer around it."""
    document = read_document(source)
    report = as_dict(document.value)
    report = as_dict(report.get("result")) or report
    collector = Collector(sink, "apex-json")
    for test in dicts(report.get("tests")):
        word = text_of(test.get("Outcome"))
        if word is None:
            continue
        status = _APEX.get(word, ERRORED)
        said = text_of(test.get("Message"))
        collector.add_case(
            text_of(test.get("MethodName")),
            status,
            class_name=_apex_class(as_dict(test.get("ApexClass"))),
            seconds=scaled_seconds(test.get("RunTime"), 1000),
            failure=None
            if status == PASSED
            else Failure(word, said, text_of(test.get("StackTrace"))),
        )
    summary = as_dict(report.get("summary"))
    total, failed, skipped = (
        to_count(summary.get(key)) for key in ("testsRan", "failing", "skipped")
    )
    declared = Totals(total, failed, None, skipped, to_seconds(summary.get("testTotalTime")))
    return finish_document(collector, document, "apex", declared)


def _apex_class(told: dict[str, Any]) -> str | None:
    parts = (text_of(told.get(key)) for key in ("NamespacePrefix", "Name"))
    return ".".join(filter(None, parts)) or None


def read_unreal(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a run of Unreal's automation tests; what was still in process is an error."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "unreal-json")
    for test in dicts(report.get("tests")):
        _add_unreal(collector, test)
    counts = [to_count(report.get(key)) for key in ("succeeded", "succeededWithWarnings")]
    failed, skipped, open_count = (
        to_count(report.get(key)) for key in ("failed", "notRun", "inProcess")
    )
    total = sum(count or 0 for count in (*counts, failed, skipped, open_count))
    declared = Totals(total, failed, open_count, skipped, to_seconds(report.get("totalDuration")))
    return finish_document(collector, document, "unreal", declared)


def _add_unreal(collector: Collector, test: dict[str, Any]) -> None:
    word = text_of(test.get("state"))
    if word is None:
        return
    status = _UNREAL.get(word, ERRORED)
    title = text_of(test.get("testDisplayName"))
    path = text_of(test.get("fullTestPath")) or title or ""
    errors = [
        entry
        for entry in dicts(test.get("entries"))
        if as_dict(entry.get("event")).get("type") == "Error"
    ]
    said = joined(*(as_dict(entry.get("event")).get("message") for entry in errors))
    place = errors[0] if errors else {}
    collector.add_case(
        title or path,
        status,
        class_name=path.removesuffix(f".{title}") if path != title else None,
        file=text_of(place.get("filename")),
        line=to_line(place.get("lineNumber")),
        seconds=to_seconds(test.get("duration")),
        failure=None if status == PASSED else Failure(word, said),
    )
