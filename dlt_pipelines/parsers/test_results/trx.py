"""Visual Studio's TRX (`TestRun` of VSTest and MSTest).

Results refer to definitions, which stand behind them and name class and file. A data-driven
result holds its rows as inner results: the rows are counted, the outer one is not. A test that was
aborted or lost its agent gave no verdict and counts as skipped. That the whole run was aborted,
such as by a crash of its host, is an errored case of its own; other errors of the run are what
its tests say too (`[FAIL]` of xUnit.net, an exit code). Sources: the schema `vstst.xsd` and the
outcomes of `Microsoft.VisualStudio.TestTools.Common.TestOutcome`.
"""

from typing import BinaryIO, NamedTuple

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
from dlt_pipelines.parsers.values import to_count, to_seconds, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_OUTCOMES = {
    "passed": PASSED, "completed": PASSED, "warning": PASSED, "passedbutrunaborted": PASSED,
    "failed": FAILED,
    "error": ERRORED, "timeout": ERRORED,
    "aborted": SKIPPED, "disconnected": SKIPPED,
    "notexecuted": SKIPPED, "inconclusive": SKIPPED, "notrunnable": SKIPPED, "pending": SKIPPED,
    "inprogress": SKIPPED, "skipped": SKIPPED, "ignored": SKIPPED,
}  # fmt: skip
_RESULT_TAGS = (
    "UnitTestResult", "TestResult", "GenericTestResult", "ManualTestResult", "WebTestResult",
    "LoadTestResult", "TestResultAggregation",
)  # fmt: skip
_ABORTED = "test run was aborted"


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a test run; one suite per class."""
    tree = read_tree(source)
    collector = Collector(sink, "trx")
    root = tree.root
    definitions = {
        node.get("id") or "": node for part in root.all("TestDefinitions") for node in part.children
    }
    groups: dict[str, list[tuple[Node, Node | None]]] = {}
    for results in root.all("Results"):
        for result in results.all(*_RESULT_TAGS):
            definition = definitions.get(result.get("testId") or "")
            for leaf in _leaves(result):
                groups.setdefault(_class_name(definition), []).append((leaf, definition))
    for class_name, results_of_class in groups.items():
        collector.open_suite(class_name)
        for result, definition in results_of_class:
            _add(collector, result, definition, class_name)
        collector.close_suite()
    summary = root.child("ResultSummary")
    is_aborted = summary is not None and _add_abortion(collector, summary)
    return finish_document(
        collector,
        _Run(tree.problem, tree.is_complete and not is_aborted),
        "vstest",
        _declared(summary),
        time_seconds=_wall_time(root),
    )


class _Run(NamedTuple):
    problem: str | None
    is_complete: bool


def _add_abortion(collector: Collector, summary: Node) -> bool:
    """Add a case for a run that was aborted; tell whether it was."""
    infos = [info for held in summary.all("RunInfos") for info in held.all("RunInfo")]
    errors = [
        info.child_text("Text") or ""
        for info in infos
        if (info.get("outcome") or "").casefold() in ("error", "aborted")
    ]
    reasons = [text for text in errors if _ABORTED in text.casefold()]
    if not reasons and (summary.get("outcome") or "").casefold() != "aborted":
        return False
    failure = Failure(None, next(iter(reasons or errors), None))
    collector.add_case("test run", ERRORED, failure=failure, is_synthetic=True)
    return True


def _leaves(result: Node) -> list[Node]:
    """Return the innermost results, the result itself when it holds none."""
    leaves: list[Node] = []
    stack = [result]
    while stack:
        node = stack.pop()
        inner = [child for held in node.all("InnerResults") for child in held.all(*_RESULT_TAGS)]
        if inner:
            stack.extend(reversed(inner))
        else:
            leaves.append(node)
    return leaves


def _class_name(definition: Node | None) -> str:
    method = definition.child("TestMethod") if definition else None
    name = (method.get("className") if method else None) or ""
    return name.partition(",")[0]


def _add(collector: Collector, result: Node, definition: Node | None, class_name: str) -> None:
    outcome = result.get("outcome")
    # The schema's default outcome is an error; VSTest leaves it out for a passed aggregation only.
    status = _OUTCOMES.get((outcome or "error").casefold(), ERRORED)
    output = result.child("Output")
    failure = None
    if output is not None:
        info = output.child("ErrorInfo")
        if info is not None:
            kind = None if (outcome or "").casefold() == "failed" else outcome
            failure = Failure(kind, info.child_text("Message"), info.child_text("StackTrace"))
    name = result.get("testName") or (definition.get("name") if definition else None) or ""
    short = name.removeprefix(class_name + ".") if class_name else name
    owners = definition.child("Owners") if definition else None
    owner = owners.child("Owner") if owners else None
    parameters = name[name.index("(") + 1 : -1] if "(" in name and name.endswith(")") else None
    collector.add_case(
        short,
        status,
        class_name=class_name or None,
        seconds=to_seconds(result.get("duration")),
        failure=failure,
        parameters=parameters,
        has_out=bool(output and output.child("StdOut")),
        has_err=bool(output and output.child("StdErr")),
        owner_tag=owner.get("name") if owner else None,
    )


def _declared(summary: Node | None) -> Totals | None:
    counters = summary.child("Counters") if summary else None
    if counters is None:
        return None
    total = to_count(counters.get("total"))
    executed = to_count(counters.get("executed"))
    skipped = None
    if total is not None and executed is not None and executed <= total:
        skipped = total - executed
    errors = [to_count(counters.get(word)) or 0 for word in ("error", "timeout", "aborted")]
    return Totals(total, to_count(counters.get("failed")), sum(errors), skipped)


def _wall_time(root: Node) -> float | None:
    times = root.child("Times")
    if times is None:
        return None
    start, finish = to_timestamp(times.get("start")), to_timestamp(times.get("finish"))
    if start is None or finish is None or finish < start:
        return None
    return (finish - start).total_seconds()
