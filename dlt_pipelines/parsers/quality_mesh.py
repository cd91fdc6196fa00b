"""Artifacts of a quality mesh: what runners of other projects say about a run, in JSON.

    test-report.json              pytest-json-report, summed up (its cases are test results)
    test-summary.json             counts and failures of a run
    health-regression-summary     the same of a chosen suite, with its targets
    qa-report.json                counts and bugs with severity, category and source files
    coverage-gap-summary.json     test modules by domain, and domains without tests

There is no published schema. The keys are those that the runners of the Automatos project write and
its contract tests demand; an artifact is told by its keys, never by its name, and the object is
kept whole.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, text_of
from dlt_pipelines.parsers.objects import Findings, schemas_of
from dlt_pipelines.parsers.values import to_count, to_seconds, to_timestamp

TEST_REPORT = "test_report"
TEST_SUMMARY = "test_summary"
HEALTH_REGRESSION = "health_regression_summary"
QA_REPORT = "qa_report"
COVERAGE_GAP = "coverage_gap_summary"

SCHEMAS = schemas_of(
    {
        "reports": """
            report_id:text kind:text repository:text suite:text status:text head_sha:text
            total_count:bigint passed_count:bigint failed_count:bigint errored_count:bigint
            skipped_count:bigint finding_count:bigint module_count:bigint duration_seconds:double
            run_at:at payload:text
        """,
        "findings": """
            report_id:text finding_index:bigint kind:text test_name:text domain:text severity:text
            category:text title:text message:text source_files:text payload:text
        """,
        "modules": """
            report_id:text module_index:bigint file:text domain:text test_count:bigint
            is_journey:bool is_smoke:bool payload:text
        """,
    }
)
KEYS = {
    "reports": ("report_id",),
    "findings": ("report_id", "finding_index"),
    "modules": ("report_id", "module_index"),
}

_NAMES = ("test-report", "test-summary", "health-regression", "qa-report", "coverage-gap")
_TEXT_LIMIT = 2_000
_GAPS = ("missing_domains", "low_coverage_domains", "smoke_only_domains")


def kind_of(report: Mapping[str, Any]) -> str | None:
    """Tell an artifact by its keys; None when it is none."""
    keys = report.keys()
    if "bugs" in keys and keys & {"total", "failed", "status"}:
        return QA_REPORT
    if keys & {"missing_expected_domains", "covered_domains"} and keys & {"modules", "suite"}:
        return COVERAGE_GAP
    if isinstance(report.get("summary"), dict) and {"tests", "exitcode"} <= keys:
        return TEST_REPORT
    if keys & {"total_tests", "total"} and {"passed", "failed"} <= keys:
        return HEALTH_REGRESSION if "targets" in keys else TEST_SUMMARY
    return None


def read_artifact(document: Any, locator: str, repository: str | None = None) -> Findings:
    """Read one artifact.

    Args:
        document: A JSON value.
        locator: Where it lies; with what it holds, it is the identity of the report.
        repository: The repository it is about, where the settings name one.
    """
    found = Findings()
    report = as_dict(document)
    kind = kind_of(report)
    if kind is None:
        if any(name in locator.rpartition("/")[2].lower() for name in _NAMES):
            keys = ", ".join(f"`{name[:40]}`" for name in list(report)[:8]) or "none"
            found.rejected.append((document, f"it is no known artifact; its keys are {keys}"))
        else:
            found.not_kept["other"] += 1
        return found
    payload = json_text(report)
    report_id = hashlib.sha256(f"{locator}\0{payload}".encode(errors="replace")).hexdigest()
    findings = [_finding(kind, word, item) for word, item in _findings(kind, report)]
    modules = dicts(report.get("modules")) if kind == COVERAGE_GAP else []
    row = {
        **_counts(kind, report),
        "report_id": report_id,
        "kind": kind,
        "repository": repository or text_of(report.get("repository")),
        "suite": text_of(report.get("suite")),
        "status": _status(report),
        "head_sha": text_of(report.get("head_sha") or report.get("commit_sha")),
        "finding_count": len(findings),
        "module_count": len(modules) if kind == COVERAGE_GAP else None,
        "duration_seconds": to_seconds(report.get("duration_seconds") or report.get("duration")),
        "run_at": to_timestamp(
            report.get("run_date") or report.get("generated_at") or report.get("created")
        ),
        "payload": payload,
    }
    found.rows.append(("reports", row))
    for index, finding in enumerate(findings):
        found.rows.append(("findings", {"report_id": report_id, "finding_index": index, **finding}))
    for index, module in enumerate(modules):
        found.rows.append(
            (
                "modules",
                {
                    "report_id": report_id,
                    "module_index": index,
                    "file": text_of(module.get("file")),
                    "domain": text_of(module.get("domain")),
                    "test_count": to_count(module.get("test_count")),
                    "is_journey": _flag(module.get("is_journey_file")),
                    "is_smoke": _flag(module.get("is_smoke_file")),
                    "payload": json_text(module),
                },
            )
        )
    return found


def _counts(kind: str, report: Mapping[str, Any]) -> dict[str, int | None]:
    if kind == COVERAGE_GAP:
        return {"total_count": to_count(report.get("total_api_tests", report.get("total_tests")))}
    source = as_dict(report.get("summary")) if kind == TEST_REPORT else report
    return {
        "total_count": to_count(source.get("total_tests", source.get("total"))),
        "passed_count": to_count(source.get("passed")),
        "failed_count": to_count(source.get("failed")),
        "errored_count": to_count(source.get("errors", source.get("error", source.get("errored")))),
        "skipped_count": to_count(source.get("skipped")),
    }


def _findings(kind: str, report: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what an artifact found: bugs, failures, or gaps, each as an object."""
    if kind == QA_REPORT:
        yield from (("bug", bug) for bug in dicts(report.get("bugs")))
    elif kind in (TEST_SUMMARY, HEALTH_REGRESSION):
        yield from (("failure", failure) for failure in dicts(report.get("failures")))
    elif kind == COVERAGE_GAP:
        actions = as_dict(report.get("action_items"))
        for word in _GAPS:
            yield from ((word.removesuffix("s"), item) for item in dicts(actions.get(word)))
        if "missing_domains" not in actions:
            for domain in as_list(report.get("missing_expected_domains")):
                if isinstance(domain, str):
                    yield "missing_domain", {"domain": domain}


def _finding(kind: str, word: str, item: dict[str, Any]) -> dict[str, Any]:
    files = [file for file in as_list(item.get("source_files")) if isinstance(file, str)]
    message = item.get("error") or item.get("assertion_message") or item.get("reason")
    return {
        "kind": word,
        "test_name": text_of(item.get("test") or item.get("nodeid")),
        "domain": text_of(item.get("domain")),
        "severity": text_of(item.get("severity") or item.get("priority")),
        "category": text_of(item.get("category")),
        "title": _cut(item.get("title")),
        "message": _cut(message),
        "source_files": json_text(files) if files else None,
        "payload": json_text(item),
    }


def _status(report: Mapping[str, Any]) -> str | None:
    """Return the artifact's own word, or what the exit code of the runner means."""
    word = text_of(report.get("status"))
    code = report.get("exitcode")
    if word is None and isinstance(code, int) and not isinstance(code, bool):
        return "PASS" if code == 0 else "FAIL"
    return word


def _cut(value: Any) -> str | None:
    text = text_of(value)
    return text[:_TEXT_LIMIT] if text else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
