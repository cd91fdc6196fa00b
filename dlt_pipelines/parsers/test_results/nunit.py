"""NUnit's XML: version 2 (`test-results`) and version 3 (`test-run`).

Sources: the NUnit 2.6 and 3 documentation of the result format. A case that is inconclusive, not
runnable, ignored or explicit gave no verdict and counts as skipped; a warning counts as passed.
Version 3 has one word for failures and errors, `Failed`; its label
(`Error`, `Invalid`, `Cancelled`) is kept as the failure's type.

A suite tells of its own failure, such as that of a tear-down, and of those of its cases (`site` of
`Child`) or of the suites around it (`Parent`). The first is an errored case: a tear-down's in any
case, another one where no case below failed.
"""

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
from dlt_pipelines.parsers.values import to_count, to_seconds, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_RESULTS = {
    "success": PASSED, "passed": PASSED, "pass": PASSED, "warning": PASSED,
    "failure": FAILED, "failed": FAILED, "fail": FAILED,
    "error": ERRORED, "cancelled": ERRORED,
    "notrunnable": SKIPPED, "ignored": SKIPPED, "skipped": SKIPPED, "inconclusive": SKIPPED,
    "explicit": SKIPPED, "notrun": SKIPPED, "notexecuted": SKIPPED, "invalid": ERRORED,
}  # fmt: skip
_DEPTH_LIMIT = 400
_SAID_ELSEWHERE = ("child", "parent")


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read version 3."""
    tree = read_tree(source)
    collector = Collector(sink, "nunit3-xml")
    declared = Totals()
    for root in tree.roots:
        get = root.get
        skipped = [to_count(get(word)) for word in ("skipped", "inconclusive")]
        declared.add(
            Totals(
                to_count(get("total", "testcasecount")),
                to_count(get("failed")),
                None,
                sum(count or 0 for count in skipped) if skipped[0] is not None else None,
                to_seconds(get("duration", "time")),
            )
        )
        _walk_root(collector, root)
    return finish_document(collector, tree, "nunit", declared)


def read_v2(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read version 2; `total` leaves out what was not run, so that is added."""
    tree = read_tree(source)
    collector = Collector(sink, "nunit2-xml")
    declared = Totals()
    for root in tree.roots:
        get = root.get
        not_run = [to_count(get(word)) for word in ("not-run", "inconclusive")]
        total = to_count(get("total"))
        if total is not None:
            total += not_run[0] or 0
        declared.add(
            Totals(
                total,
                to_count(get("failures")),
                to_count(get("errors")),
                sum(count or 0 for count in not_run) if not_run[0] is not None else None,
            )
        )
        _walk_root(collector, root)
    return finish_document(collector, tree, "nunit", declared)


def _walk_root(collector: Collector, root: Node) -> None:
    if root.tag == "test-suite":
        _walk(collector, [root], 0)
        return
    has_failed = _walk(collector, root.children, 0)
    _add_own_failure(collector, root, has_failed=has_failed)


def _walk(collector: Collector, nodes: list[Node], depth: int) -> bool:
    """Add cases and suites; tell whether one of them failed."""
    has_failed = False
    if depth > _DEPTH_LIMIT:
        return has_failed
    for node in nodes:
        if node.tag == "test-case":
            has_failed |= _add(collector, node) in (FAILED, ERRORED)
        elif node.tag == "results":
            has_failed |= _walk(collector, node.children, depth + 1)
        elif node.tag == "test-suite":
            get = node.get
            collector.open_suite(
                get("name"),
                package=get("fullname", "classname"),
                started_at=to_timestamp(get("start-time")),
                time_seconds=to_seconds(get("duration", "time")),
            ).declared = Totals(
                to_count(get("total")), to_count(get("failed")), None, to_count(get("skipped"))
            )
            has_failed_below = _walk(collector, node.children, depth + 1)
            has_failed |= _add_own_failure(collector, node, has_failed=has_failed_below)
            collector.close_suite()
    return has_failed


def _add_own_failure(collector: Collector, node: Node, *, has_failed: bool) -> bool:
    """Add a case for the failure of a suite or run itself; tell whether anything failed in it."""
    broken = node.child("failure")
    site = (node.get("site") or "").casefold()
    if broken is None or site in _SAID_ELSEWHERE or (has_failed and site != "teardown"):
        return has_failed
    collector.add_case(
        node.get("name"),
        ERRORED,
        failure=Failure(
            node.get("label"), broken.child_text("message"), broken.child_text("stack-trace")
        ),
        is_synthetic=True,
    )
    return True


def _status(case: Node) -> str:
    result = (case.get("result") or "").casefold().partition(":")[0]
    if (case.get("executed") or "").casefold() == "false":
        status = _RESULTS.get(result, SKIPPED)
        return SKIPPED if status == PASSED else status
    if result:
        status = _RESULTS.get(result, ERRORED)
    else:
        success = (case.get("success") or "").casefold()
        if success == "false" or case.child("failure") is not None:
            status = FAILED
        else:
            status = SKIPPED if case.child("reason") is not None and not success else PASSED
    return status


def _add(collector: Collector, case: Node) -> str:
    """Add a case; return its verdict."""
    status = _status(case)
    failure = None
    broken, reason = case.child("failure"), case.child("reason")
    if status == PASSED:
        broken = reason = None
    if broken is not None:
        failure = Failure(
            case.get("label"), broken.child_text("message"), broken.child_text("stack-trace")
        )
    elif reason is not None:
        failure = Failure(case.get("label"), reason.child_text("message"))
    properties: dict[str, str] = {}
    for held in case.all("properties"):
        for node in held.all("property"):
            properties[node.get("name") or ""] = node.get("value") or ""
    full = case.get("fullname") or case.get("name") or ""
    name = case.get("name") or full
    parameters = name[name.index("(") + 1 : -1] if "(" in name and name.endswith(")") else None
    collector.add_case(
        name,
        status,
        class_name=case.get("classname") or _class_of(full, name),
        seconds=to_seconds(case.get("duration", "time")),
        failure=failure,
        parameters=parameters,
        has_out=case.child("output") is not None,
        owner_tag=properties.get("Author") or properties.get("Owner"),
        properties=properties or None,
    )
    return status


def _class_of(full: str, name: str) -> str | None:
    """Return what stands before the test in its full name; version 2 tells the class only there."""
    if full != name and full.endswith(f".{name}"):
        return full.removesuffix(f".{name}")
    return full.partition("(")[0].rpartition(".")[0] or None
