"""Several reports of one run: which of them say again what another one says.

Runners leave aggregates beside their parts. A report whose every case stands in another report
too, with the same class, name, verdict and time, adds nothing and is left out, whichever of the
two is the aggregate. Times make the difference to another run of the same tests: a report without
any time is only left out when it is a copy, byte for byte.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dlt_pipelines.parsers.columns import ColumnBuffer
from dlt_pipelines.parsers.test_results.model import CASE_COLUMNS

_CLASS, _NAME, _STATUS, _SECONDS, _RETRY = (
    CASE_COLUMNS.index(name)
    for name in ("class_name", "name", "status", "duration_seconds", "retry_index")
)


class FingerprintBuffer(ColumnBuffer):
    """Keeps a number for each case instead of its row.

    Attributes:
        cases: How often each case's fingerprint came.
        has_times: A case took more than no time.
    """

    __slots__ = ("cases", "has_times")

    def __init__(self) -> None:
        super().__init__(CASE_COLUMNS)
        self.cases: Counter[int] = Counter()
        self.has_times = False

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


def repeated_reports(reports: Sequence[FingerprintBuffer]) -> set[int]:
    """Return the positions of the reports that add nothing to the others.

    Of reports with the same cases the first stays.
    """
    left_out: set[int] = set()
    by_size = sorted(range(len(reports)), key=lambda index: (-reports[index].cases.total(), index))
    for place, index in enumerate(by_size):
        report = reports[index]
        if not report.cases or not report.has_times:
            continue
        larger = (other for other in by_size[:place] if other not in left_out)
        if any(report.cases <= reports[other].cases for other in larger):
            left_out.add(index)
    return left_out
