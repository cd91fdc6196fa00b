"""From what a format says to rows: suites as a stack, cases with their failure, counts."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, overload

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.test_results.model import (
    DETAILS_LIMIT,
    ERRORED,
    FAILED,
    MESSAGE_LIMIT,
    NAME_LIMIT,
    PASSED,
    PROPERTIES_LIMIT,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import clean

PATH_SEPARATOR = " > "
_ROWS_AT_ONCE = 1_000
_TEXT_AT_ONCE = 64 * 1024 * 1024
"""Characters of the rows that wait to be stored, however few they are."""
_DIGEST_DIGITS = 16
_PATH_LIMIT = 4_000
"""Characters of a suite's path; deeper suites keep the path of the last that fits."""
DEPTH_LIMIT = 200
"""Suites inside each other; deeper ones keep their cases under the last."""


@dataclass(slots=True)
class Totals:
    """Totals that a header claims; None where it is silent."""

    tests: int | None = None
    failed: int | None = None
    errored: int | None = None
    skipped: int | None = None
    time_seconds: float | None = None

    def add(self, other: "Totals") -> None:
        """Add the totals of a part."""
        for name in ("tests", "failed", "errored", "skipped", "time_seconds"):
            value = getattr(other, name)
            if value is not None:
                setattr(self, name, (getattr(self, name) or 0) + value)

    @property
    def is_silent(self) -> bool:
        """Nothing at all is claimed."""
        return self.tests is None and self.failed is None and self.errored is None


class Failure(NamedTuple):
    """Why a case isn't green: also the reason of a skip."""

    type: str | None = None
    message: str | None = None
    details: str | None = None


class SuiteFrame:
    """A suite while its cases are read."""

    __slots__ = (
        "declared", "errored", "failed", "file", "flaky", "hostname", "index", "name", "package",
        "parent", "passed", "path", "properties", "skipped", "started_at", "time_seconds",
    )  # fmt: skip

    def __init__(
        self, index: int | None, parent: "SuiteFrame | None", name: str, path: str
    ) -> None:
        self.index = index
        self.parent = parent
        self.name = name
        self.path = path
        self.package: str | None = None
        self.file: str | None = None
        self.hostname: str | None = None
        self.started_at: datetime | None = None
        self.time_seconds: float | None = None
        self.declared = Totals()
        self.properties: dict[str, Any] | None = None
        self.passed = self.failed = self.errored = self.skipped = self.flaky = 0

    @property
    def case_count(self) -> int:
        """Final verdicts of its own cases, without those of suites inside."""
        return self.passed + self.failed + self.errored + self.skipped + self.flaky


class Collector:
    """Writes the rows of one report into a sink and counts them.

    Open suites, add cases, close suites, then `finish`. A case outside of every suite is allowed.
    """

    def __init__(self, sink: Sink, format_name: str) -> None:
        self.sink = sink
        self.rows: list[tuple[Any, ...]] = []
        self.format = format_name
        self.root = SuiteFrame(None, None, "", "")
        self.suite = self.root
        self.suite_count = 0
        self.case_index = 0
        self.text_size = 0
        self.passed = self.failed = self.errored = self.skipped = self.flaky = 0
        self.time_of_cases = 0.0
        self.time_outside = 0.0
        self.has_case_times = False
        self.time_of_suites: float | None = None
        self.depth = 0

    def open_suite(self, name: str | None, **attributes: Any) -> SuiteFrame:
        """Open a suite inside the current one.

        Args:
            name: The suite's own name.
            **attributes: Fields of `SuiteFrame` to set.
        """
        label = bounded(name or "")
        parent = self.suite
        path = (
            f"{parent.path}{PATH_SEPARATOR}{label}"
            if parent.path and label
            else (label or parent.path)
        )
        if self.depth >= DEPTH_LIMIT or len(path) > _PATH_LIMIT:
            path = parent.path
        frame = SuiteFrame(self.suite_count, parent, label, path)
        for key, value in attributes.items():
            setattr(frame, key, value)
        self.suite_count += 1
        self.depth += 1
        self.suite = frame
        return frame

    def close_suite(self) -> None:
        """Close the current suite and write its row."""
        frame = self.suite
        if frame.parent is None:
            return
        self.suite = frame.parent
        self._sum_up(frame)
        if frame.parent.parent is None and frame.time_seconds is not None:
            self.time_of_suites = (self.time_of_suites or 0.0) + frame.time_seconds
        self.depth -= 1
        declared = frame.declared
        properties = as_json(frame.properties)
        self.text_size += len(frame.path) + len(frame.name) + len(properties or "")
        self.sink.suites.append(
            (
                self.sink.report_id,
                frame.index,
                frame.parent.index,
                frame.path,
                frame.name,
                bounded(frame.package),
                bounded(frame.file),
                bounded(frame.hostname),
                frame.started_at,
                frame.time_seconds,
                declared.tests,
                declared.failed,
                declared.errored,
                declared.skipped,
                frame.case_count,
                frame.passed,
                frame.failed,
                frame.errored,
                frame.skipped,
                properties,
            )
        )
        if self.text_size > _TEXT_AT_ONCE:
            self.flush_rows()

    def add_case(
        self,
        name: str | None,
        status: str,
        *,
        class_name: str | None = None,
        seconds: float | None = None,
        failure: Failure | None = None,
        retry_index: int = 0,
        is_final: bool = True,
        parameters: str | None = None,
        file: str | None = None,
        line: int | None = None,
        has_out: bool = False,
        has_err: bool = False,
        owner_tag: str | None = None,
        is_synthetic: bool = False,
        is_flaky: bool = False,
        properties: dict[str, Any] | None = None,
    ) -> None:
        """Add one try of a test; only the final one counts.

        A flaky one is counted apart from passed ones: only for formats that do so themselves.
        """
        suite = self.suite
        if is_final:
            if is_flaky:
                suite.flaky += 1
            else:
                self.count(suite, status)
            if seconds is not None:
                self.add_time(seconds)
        kind = message = details = digest = None
        if failure is not None:
            kind = failure.type
            message, digest = shortened(failure.message, failure.details)
            if status in (FAILED, ERRORED):
                details = ends_of(failure.details)
        held = as_json(properties)
        name, class_name, file = bounded(name or ""), bounded(class_name), bounded(file)
        self.text_size += sum(
            len(text)
            for text in (suite.path, suite.name, class_name, name, file, message, details, held)
            if text
        )
        self.rows.append(
            (
                self.sink.report_id,
                self.case_index,
                suite.index,
                suite.path,
                suite.name,
                class_name or None,
                name,
                bounded(parameters),
                file,
                line,
                status,
                seconds,
                retry_index,
                is_final,
                bounded(kind),
                message,
                details,
                digest,
                has_out,
                has_err,
                owner_tag,
                is_synthetic,
                held,
            )
        )
        self.case_index += 1
        if len(self.rows) >= _ROWS_AT_ONCE:
            self.flush_rows()

    def flush_rows(self) -> None:
        """Hand the rows of cases that were put together to the sink."""
        self.sink.cases.extend(self.rows)
        self.rows.clear()
        if self.text_size > _TEXT_AT_ONCE:
            self.text_size = 0
            self.sink.cases.flush()
            self.sink.suites.flush()

    def count(self, suite: SuiteFrame, status: str) -> None:
        """Count a final verdict; the report's totals are summed when suites are closed."""
        if status == PASSED:
            suite.passed += 1
        elif status == FAILED:
            suite.failed += 1
        elif status == ERRORED:
            suite.errored += 1
        else:
            suite.skipped += 1

    def add_time(self, seconds: float) -> None:
        """Add the time of final verdicts of the current suite, or outside of every suite."""
        self.time_of_cases += seconds
        self.has_case_times = True
        if self.suite.parent is None:
            self.time_outside += seconds

    def _sum_up(self, suite: SuiteFrame) -> None:
        self.passed += suite.passed
        self.failed += suite.failed
        self.errored += suite.errored
        self.skipped += suite.skipped
        self.flaky += suite.flaky

    def finish(
        self,
        *,
        generator: str | None = None,
        declared: Totals | None = None,
        problem: str | None = None,
        is_complete: bool = True,
        time_seconds: float | None = None,
    ) -> TestReport:
        """Close what is open and return the summary.

        Where a whole report holds no case at all, the declared totals are the only word and become
        the counts.

        Raises:
            ParseError: There is a problem, and nothing was read before it.
        """
        while self.suite.parent is not None:
            self.close_suite()
        self._sum_up(self.root)
        self.flush_rows()
        totals = declared or Totals()
        if problem and not is_complete and not (self.case_index or self.suite_count):
            raise ParseError(problem)
        passed, failed, errored, skipped = self.passed, self.failed, self.errored, self.skipped
        if self.case_index == 0 and totals.tests and is_complete:
            failed, errored = totals.failed or 0, totals.errored or 0
            skipped = totals.skipped or 0
            passed = max(0, totals.tests - failed - errored - skipped)
        if time_seconds is None:
            time_seconds = totals.time_seconds
        if time_seconds is None and self.time_of_suites is not None:
            time_seconds = self.time_of_suites + self.time_outside
        if time_seconds is None and self.has_case_times:
            time_seconds = self.time_of_cases
        return TestReport(
            format=self.format,
            generator=clean(generator) if generator else None,
            parse="partial" if problem else "ok",
            error=clean(problem) if problem else None,
            is_complete=is_complete,
            declared_tests=totals.tests,
            declared_failed=totals.failed,
            declared_errored=totals.errored,
            declared_skipped=totals.skipped,
            declared_time_seconds=totals.time_seconds,
            test_count=passed + failed + errored + skipped + self.flaky,
            passed_count=passed,
            failed_count=failed,
            errored_count=errored,
            skipped_count=skipped,
            flaky_count=self.flaky,
            suite_count=self.suite_count,
            time_seconds=time_seconds,
        )


def shortened(message: str | None, details: str | None) -> tuple[str | None, str | None]:
    """Return the message cut to `MESSAGE_LIMIT` and the SHA-256 of message and details, whole.

    Without a message the details stand in.
    """
    if not message and not details:
        return None, None
    whole = f"{message or ''}\n{details or ''}"
    digest = hashlib.sha256(whole.encode("utf-8", errors="surrogatepass")).hexdigest()
    shown = (message or "").strip() or (details or "").strip()
    return clean(shown[:MESSAGE_LIMIT]) or None, digest


def ends_of(details: str | None) -> str | None:
    """Return what a stack trace says first and last: some languages put the culprit at the end."""
    text = (details or "").strip()
    if len(text) > 2 * DETAILS_LIMIT:
        text = f"{text[:DETAILS_LIMIT]}\n…\n{text[-DETAILS_LIMIT:]}"
    return clean(text) or None


def as_json(properties: dict[str, Any] | None) -> str | None:
    """Return properties as JSON text, None when there are none."""
    if not properties:
        return None
    text = json.dumps(properties, ensure_ascii=False, default=str)
    if len(text) > PROPERTIES_LIMIT:
        kept, size = {}, 0
        for name, value in properties.items():
            size += len(json.dumps({name: value}, ensure_ascii=False, default=str))
            if size > PROPERTIES_LIMIT:
                break
            kept[name] = value
        text = json.dumps(kept, ensure_ascii=False, default=str)
    return clean(text)


@overload
def bounded(text: str) -> str: ...


@overload
def bounded(text: str | None) -> str | None: ...


def bounded(text: str | None) -> str | None:
    """Return a name; one that no person gave is cut, and a hash keeps it apart from others."""
    if text is None or len(text) <= NAME_LIMIT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
    return f"{text[: NAME_LIMIT - _DIGEST_DIGITS - 1]}…{digest[:_DIGEST_DIGITS]}"
