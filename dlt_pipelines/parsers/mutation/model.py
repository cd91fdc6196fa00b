"""What a mutation report parser gives back: a summary, and rows of mutants in a sink."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from dlt_pipelines.parsers.columns import DEFAULT_BATCH_ROWS, ColumnBuffer, DiscardingBuffer
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.values import clean

COUNTED_LIMIT = 200_000
"""Mutants that totals alone may stand for; each is a row, and a small file may claim billions."""

MUTANT_COLUMNS = (
    "report_id",
    "mutant_index",
    "file",
    "line",
    "end_line",
    "class_name",
    "function_name",
    "operator",
    "replacement",
    "status",
    "vendor_status",
    "killing_tests",
    "covering_test_count",
    "duration_seconds",
)
TEST_COLUMNS = (
    "report_id",
    "test_index",
    "file",
    "test_name",
    "covered_mutant_count",
    "only_covered_mutant_count",
    "covered_files",
)

KILLED = "killed"
TIMED_OUT = "timed_out"
SURVIVED = "survived"
NO_COVERAGE = "no_coverage"
INVALID = "invalid"
IGNORED = "ignored"

_STATUSES = {
    **dict.fromkeys(("killed", "caught", "caughtmutant", "incompetentkilled", "tested"), KILLED),
    "caughtbytypecheck": KILLED,
    **dict.fromkeys(("timeout", "timedout"), TIMED_OUT),
    **dict.fromkeys(("survived", "missed", "missedmutant", "partiallytested", "pseudotested",
                     "lived", "suspicious", "escaped"), SURVIVED),
    **dict.fromkeys(("nocoverage", "notcovered", "uncovered", "notests"), NO_COVERAGE),
    **dict.fromkeys(("compileerror", "runtimeerror", "runerror", "memoryerror", "nonviable",
                     "unviable", "incompetent", "error", "exception", "abnormal", "failure",
                     "buildfailed", "notviable"), INVALID),
    **dict.fromkeys(("ignored", "pending", "skipped", "notstarted", "started", "notchecked",
                     "notrun", "untested", "success", "runnable"), IGNORED),
}  # fmt: skip


def status_of(word: Any) -> str | None:
    """Return our status of a vendor's word, None for a word nobody knows."""
    if not isinstance(word, str):
        return None
    return _STATUSES.get("".join(filter(str.isalnum, word)).casefold())


@dataclass(frozen=True, slots=True)
class MutationReport:
    """Summary of one mutation report.

    Attributes:
        format: Name of the format, as `detect` gives it.
        generator: The tool that wrote it, where it can be told.
        parse: `ok`, or `partial` when something was lost or had to be mended.
        error: What was lost; None when `parse` is `ok`.
        is_complete: The report was read to its end.
        mutant_count: Mutants; the sum of the four counts below.
        detected_count: Killed or timed out.
        undetected_count: Survived or not covered by any test.
        invalid_count: Mutants that did not compile or could not run.
        ignored_count: Left out on purpose or not yet tried.
        file_count: Mutated source files.
    """

    format: str
    generator: str | None = None
    parse: str = "ok"
    error: str | None = None
    is_complete: bool = True
    mutant_count: int = 0
    detected_count: int = 0
    undetected_count: int = 0
    invalid_count: int = 0
    ignored_count: int = 0
    file_count: int = 0


class Sink:
    """Two buffers that take the mutants and tests of one report after the other.

    Args:
        mutants: Takes rows of `MUTANT_COLUMNS`.
        tests: Takes rows of `TEST_COLUMNS`.
    """

    def __init__(
        self, mutants: ColumnBuffer | None = None, tests: ColumnBuffer | None = None
    ) -> None:
        self.report_id = ""
        self.mutants = mutants or ColumnBuffer(MUTANT_COLUMNS, DEFAULT_BATCH_ROWS)
        self.tests = tests or ColumnBuffer(TEST_COLUMNS, DEFAULT_BATCH_ROWS)

    @classmethod
    def discarding(cls) -> "Sink":
        """A sink that only counts rows."""
        return cls(DiscardingBuffer(MUTANT_COLUMNS), DiscardingBuffer(TEST_COLUMNS))


class Collector:
    """Writes mutants into a sink and counts them."""

    def __init__(self, sink: Sink, format_name: str) -> None:
        self.sink = sink
        self.format = format_name
        self.counts: Counter[str] = Counter()
        self.files: set[str] = set()
        self.strange: Counter[str] = Counter()
        self.index = 0
        self.test_index = 0

    def add(
        self,
        vendor_status: Any,
        *,
        file: str | None = None,
        line: int | None = None,
        end_line: int | None = None,
        class_name: str | None = None,
        function_name: str | None = None,
        operator: str | None = None,
        replacement: str | None = None,
        killing_tests: list[str] | None = None,
        covering_test_count: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Add a mutant; one whose status nobody knows is counted apart and makes it partial."""
        status = status_of(vendor_status)
        if status is None:
            self.strange[str(vendor_status)[:40]] += 1
            return
        self.counts[status] += 1
        if file:
            self.files.add(file)
        tests = json.dumps(killing_tests, ensure_ascii=False) if killing_tests else None
        self.sink.mutants.append(
            (
                self.sink.report_id,
                self.index,
                file,
                line,
                end_line,
                class_name,
                function_name,
                operator,
                clean(replacement[:2000]) if replacement is not None else None,
                status,
                clean(str(vendor_status)),
                clean(tests) if tests else None,
                covering_test_count,
                seconds,
            )
        )
        self.index += 1

    def add_counted(self, counts: Mapping[str, int]) -> None:
        """Add mutants of which only the number is told: rows without a place.

        Args:
            counts: The vendor's status → how many mutants have it.

        Raises:
            ParseError: There are more than a run has.
        """
        total = sum(counts.values())
        if total > COUNTED_LIMIT:
            msg = f"totals of {total:,} mutants and none listed: {COUNTED_LIMIT:,} are the most"
            raise ParseError(msg)
        for word, count in counts.items():
            for _ in range(count):
                self.add(word)

    def add_test(
        self,
        name: str,
        file: str | None,
        covered_mutant_count: int | None,
        only_covered_mutant_count: int | None,
        covered_files: Collection[str] = (),
    ) -> None:
        """Add a test that the report names.

        Args:
            name: As the tool calls it.
            file: Where it is written, if told.
            covered_mutant_count: Mutants that it ran through; None where that is not told.
            only_covered_mutant_count: Those of them that no other test ran through.
            covered_files: Source files of the mutants that it ran through or killed.
        """
        files = json.dumps(sorted(covered_files), ensure_ascii=False) if covered_files else None
        self.sink.tests.append(
            (
                self.sink.report_id,
                self.test_index,
                clean(file) if file else None,
                clean(name),
                covered_mutant_count,
                only_covered_mutant_count,
                clean(files) if files else None,
            )
        )
        self.test_index += 1

    def finish(
        self,
        generator: str | None = None,
        problem: str | None = None,
        *,
        is_complete: bool = True,
    ) -> MutationReport:
        """Return the summary."""
        counts = self.counts
        if self.strange:
            words = ", ".join(f"`{word}`" for word in list(self.strange)[:5])
            lost = f"{self.strange.total()} mutants have an unknown status: {words}"
            problem = f"{problem}; {lost}" if problem else lost
        return MutationReport(
            format=self.format,
            generator=clean(generator) if generator else None,
            parse="partial" if problem else "ok",
            error=clean(problem) if problem else None,
            is_complete=is_complete,
            mutant_count=counts.total(),
            detected_count=counts[KILLED] + counts[TIMED_OUT],
            undetected_count=counts[SURVIVED] + counts[NO_COVERAGE],
            invalid_count=counts[INVALID],
            ignored_count=counts[IGNORED],
            file_count=len(self.files),
        )
