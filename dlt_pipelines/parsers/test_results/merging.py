"""Several reports of one run: which of them say again what another one says.

Runners leave aggregates beside their parts. A report whose every case stands in another report
too, with the same class, name, verdict and time, adds nothing and is left out, whichever of the
two is the aggregate. Times make the difference to another run of the same tests: a report without
any time is only left out when it is a copy, byte for byte. Where short tests take the same rounded
time, suites tell the runs of a matrix apart: by host, by start or, where no start is told, by time.

Another format may name tests in a way of its own. Two reports in different formats with as many
tests of each verdict, which took as long, all together and the longest of them, tell of one run.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dlt_pipelines.parsers.columns import ColumnBuffer
from dlt_pipelines.parsers.test_results.model import (
    CASE_COLUMNS,
    ERRORED,
    FAILED,
    PASSED,
    SUITE_COLUMNS,
)

_CLASS, _NAME, _STATUS, _SECONDS, _RETRY, _FINAL = (
    CASE_COLUMNS.index(name)
    for name in ("class_name", "name", "status", "duration_seconds", "retry_index", "is_final")
)

_SUITE, _HOST, _START, _SUITE_SECONDS = (
    SUITE_COLUMNS.index(name) for name in ("name", "hostname", "started_at", "time_seconds")
)
_SUITES_LIMIT = 100_000
_RUNS_LIMIT = 100
"""Of suites with one name: every pair of them is compared."""
_LEAST_TESTS = 3
_LARGEST_DIFFERENCE = 0.01
"""What formats round differently, of the time; as in the warehouse's `format_told_again`."""
_Run = tuple[Any, Any, Any]
"""Host, start and time of a suite; None where not told."""


class SuiteRuns(ColumnBuffer):
    """Keeps where, when and how long each suite ran instead of its row.

    Attributes:
        runs: By the name of the suite.
    """

    __slots__ = ("runs",)

    def __init__(self) -> None:
        super().__init__(SUITE_COLUMNS)
        self.runs: dict[str, set[_Run]] = {}

    def append(self, row: tuple[Any, ...]) -> None:
        """Take one row."""
        self.extend([row])

    def extend(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Take many rows; suites beyond the limits tell nothing."""
        self.row_count += len(rows)
        for row in rows:
            if row[_SUITE] and len(self.runs) < _SUITES_LIMIT:
                runs = self.runs.setdefault(row[_SUITE], set())
                if len(runs) < _RUNS_LIMIT:
                    runs.add((row[_HOST], row[_START], row[_SUITE_SECONDS]))

    def is_other_run(self, whole: "SuiteRuns") -> bool:
        """Tell whether a suite stands in the other report too, but with other runs only."""
        for name, runs in self.runs.items():
            others = whole.runs.get(name, set())
            is_known = others and max(len(runs), len(others)) < _RUNS_LIMIT
            if is_known and not any(_fits(run, other) for run in runs for other in others):
                return True
        return False


def _fits(run: _Run, other: _Run) -> bool:
    """Tell whether two suites may be one; what is not told fits everything."""
    host, start, seconds = (
        None if own is None or others is None else own == others
        for own, others in zip(run, other, strict=True)
    )
    # Mergers sum times up anew, and copy starts.
    return host is not False and start is not False and (start is True or seconds is not False)


class FingerprintBuffer(ColumnBuffer):
    """Keeps a number for each case instead of its row.

    Attributes:
        cases: How often each case's fingerprint came.
        has_times: A case took more than no time.
        verdicts: How many tests passed, did not, or gave no verdict (`skipped`).
        seconds: What they took, all together.
        longest: What the longest of them took.
        suites: Where and when the suites ran, for the other buffer of the sink.
        format: Of the report; formats tell starts and times of suites differently.
    """

    __slots__ = ("cases", "format", "has_times", "longest", "seconds", "suites", "verdicts")

    def __init__(self) -> None:
        super().__init__(CASE_COLUMNS)
        self.cases: Counter[int] = Counter()
        self.has_times = False
        self.verdicts: Counter[str] = Counter()
        self.seconds = self.longest = 0.0
        self.suites = SuiteRuns()
        self.format: str | None = None

    def append(self, row: tuple[Any, ...]) -> None:
        """Take one row."""
        self.extend([row])

    def extend(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Take many rows."""
        self.row_count += len(rows)
        self.has_times = self.has_times or any(row[_SECONDS] for row in rows)
        self.cases.update(
            hash((row[_CLASS], row[_NAME], row[_STATUS], row[_SECONDS], row[_RETRY]))
            for row in rows
        )
        for row in rows:
            if row[_FINAL]:
                self.verdicts[_verdict(row[_STATUS])] += 1
                self.seconds += row[_SECONDS] or 0.0
                self.longest = max(self.longest, row[_SECONDS] or 0.0)

    def extend_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Take many rows that are columns already."""
        self.extend(list(zip(*columns, strict=True)))

    def is_told_by(self, other: "FingerprintBuffer") -> bool:
        """Tell whether a report in another format tells of the same run."""
        return (
            self.format != other.format
            and self.verdicts.total() >= _LEAST_TESTS
            and self.verdicts == other.verdicts
            and abs(self.seconds - other.seconds) <= _LARGEST_DIFFERENCE * other.seconds
            and abs(self.longest - other.longest) <= _LARGEST_DIFFERENCE * other.longest
        )


def _verdict(status: str) -> str:
    if status == PASSED:
        return "passed"
    return "failed" if status in (FAILED, ERRORED) else "skipped"


def repeated_reports(reports: Sequence[FingerprintBuffer]) -> set[int]:
    """Return the positions of the reports that add nothing to the others.

    Of reports with the same cases the first stays.
    """
    left_out: set[int] = set()
    by_size = sorted(range(len(reports)), key=lambda index: (-reports[index].cases.total(), index))
    by_case: dict[int, list[int]] = {}
    by_verdicts: dict[Any, dict[str | None, list[int]]] = {}
    for place, index in enumerate(by_size):
        report = reports[index]
        if report.cases and report.has_times:
            # What holds all of its cases holds its first one.
            by_case.setdefault(next(iter(report.cases)), []).append(place)
            alike = by_verdicts.setdefault(frozenset(report.verdicts.items()), {})
            alike.setdefault(report.format, []).append(place)
    for place, index in enumerate(by_size):
        if index in left_out:
            continue
        whole = reports[index]
        parts = [part for case in whole.cases for part in by_case.get(case, ())]
        for other, places in by_verdicts.get(frozenset(whole.verdicts.items()), {}).items():
            parts += places if other != whole.format else ()
        left_out.update(
            by_size[part]
            for part in parts
            if part > place
            and by_size[part] not in left_out
            and _is_part(reports[by_size[part]], whole)
        )
    return left_out


def _is_part(report: FingerprintBuffer, whole: FingerprintBuffer) -> bool:
    if any(whole.cases.get(case, 0) < count for case, count in report.cases.items()):
        return report.is_told_by(whole)
    return report.format != whole.format or not report.suites.is_other_run(whole.suites)
