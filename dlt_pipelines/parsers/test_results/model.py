"""What a test report parser gives back: a summary, and rows in a sink."""

from dataclasses import dataclass

from dlt_pipelines.parsers.columns import DEFAULT_BATCH_ROWS, ColumnBuffer, DiscardingBuffer

PASSED = "passed"
FAILED = "failed"
ERRORED = "errored"
SKIPPED = "skipped"
QUARANTINED = "quarantined"
"""Ran or not, its verdict doesn't count: expected failure, muted, TODO."""

MESSAGE_LIMIT = 2_000
"""Characters kept of a failure message."""

NAME_LIMIT = 2_000
"""Characters kept of a name: each row of a suite repeats the suite's."""

PROPERTIES_LIMIT = 64 * 1024
"""Characters kept of the properties of a case or suite, as JSON."""

DETAILS_LIMIT = 1_000
"""Characters kept of the beginning and of the end of what follows it, such as a stack trace."""

SUITE_COLUMNS = (
    "report_id",
    "suite_index",
    "parent_suite_index",
    "suite_path",
    "name",
    "package",
    "file",
    "hostname",
    "started_at",
    "time_seconds",
    "declared_tests",
    "declared_failed",
    "declared_errored",
    "declared_skipped",
    "test_count",
    "passed_count",
    "failed_count",
    "errored_count",
    "skipped_count",
    "properties",
)

CASE_COLUMNS = (
    "report_id",
    "case_index",
    "suite_index",
    "suite_path",
    "suite_name",
    "class_name",
    "name",
    "parameters",
    "file",
    "line",
    "status",
    "duration_seconds",
    "retry_index",
    "is_final",
    "failure_type",
    "failure_message",
    "failure_details",
    "failure_hash",
    "has_system_out",
    "has_system_err",
    "owner_tag",
    "is_synthetic",
    "properties",
)


@dataclass(frozen=True, slots=True)
class TestReport:
    """Summary of one test report; the counts are those of final verdicts.

    Attributes:
        format: Name of the format, as `detect` gives it.
        generator: The tool that wrote the report, where it can be told.
        parse: `ok`, or `partial` when something was lost or had to be mended.
        error: What was lost or mended, as a sentence; None when `parse` is `ok`.
        is_complete: The report was read to its end.
        declared_tests: Total that the header claims; the other `declared_` fields likewise.
        test_count: Final verdicts counted; the sum of the five counts below.
        skipped_count: Skipped and quarantined.
        flaky_count: Passed after failures, where the format itself counts such tests apart from
            passed ones (Playwright); their rows say `passed`. Zero for every other format.
        suite_count: Suites in the report.
        time_seconds: The report's own total time, else the sum over its suites or cases.
    """

    __test__ = False  # the name looks like a test class to pytest

    format: str
    generator: str | None = None
    parse: str = "ok"
    error: str | None = None
    is_complete: bool = True
    declared_tests: int | None = None
    declared_failed: int | None = None
    declared_errored: int | None = None
    declared_skipped: int | None = None
    declared_time_seconds: float | None = None
    test_count: int = 0
    passed_count: int = 0
    failed_count: int = 0
    errored_count: int = 0
    skipped_count: int = 0
    flaky_count: int = 0
    suite_count: int = 0
    time_seconds: float | None = None


class Sink:
    """Two buffers that take the rows of one report after the other.

    Set `report_id` before each `read`; it becomes the first value of every row.

    Args:
        suites: Takes rows of `SUITE_COLUMNS`.
        cases: Takes rows of `CASE_COLUMNS`.
    """

    def __init__(
        self, suites: ColumnBuffer | None = None, cases: ColumnBuffer | None = None
    ) -> None:
        self.report_id = ""
        self.suites = suites or ColumnBuffer(SUITE_COLUMNS, DEFAULT_BATCH_ROWS)
        self.cases = cases or ColumnBuffer(CASE_COLUMNS, DEFAULT_BATCH_ROWS)

    @classmethod
    def discarding(cls) -> "Sink":
        """A sink that only counts rows."""
        return cls(DiscardingBuffer(SUITE_COLUMNS), DiscardingBuffer(CASE_COLUMNS))
