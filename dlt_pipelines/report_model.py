"""What goes into a reader of report files, and what comes out of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

UNREADABLE = "unreadable"
"""Class of a rejection for which the file itself is not to blame; it is tried again."""
GONE = "gone"
"""How a report was read that no longer lies where it was loaded from."""


@dataclass(frozen=True, slots=True)
class Container:
    """A file to be read: a report, or an archive of reports.

    Attributes:
        locator: Where it lies, as in the raw tables.
        path: Local path; None when `content` holds the bytes.
        content: The bytes of a remote file.
        size_bytes: Its size.
        modified_at: When it was last changed.
        is_named: The settings name exactly this file, so it must be a report.
        known_ids: Loaded reports of this container that are the newest of their places.
        known_locators: Where they lie.
        known_errors: Its reports that could not be read, each with the reason; they are tried
            again, as a newer version may read them.
    """

    locator: str
    path: str | None
    content: bytes | None
    size_bytes: int
    modified_at: datetime | None
    is_named: bool = False
    known_ids: frozenset[str] = frozenset()
    known_locators: frozenset[str] = frozenset()
    known_errors: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file, or a member of an archive, that could not be read."""

    locator: str
    reason: str
    error_class: str
    content: bytes | None
    content_sha256: str | None
    size_bytes: int | None


@dataclass(slots=True)
class Outcome:
    """What became of one container.

    Attributes:
        reports: Rows of table `reports` without identification of the run.
        ignored_count: Files that are no report of this kind.
        unchanged_count: Reports that were loaded already, or are there twice.
        seen_ids: Reports of this container so far.
        found: Where its reports lie, the broken ones too.
    """

    locator: str
    reports: list[dict[str, Any]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    ignored_count: int = 0
    unchanged_count: int = 0
    seen_ids: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What was read of some containers.

    Attributes:
        outcomes: One per container.
        rows: Batches per table, or the Arrow stream file that they were written to.
        failed_ids: Reports that failed in the middle; their rows are left out.
    """

    outcomes: list[Outcome]
    rows: Mapping[str, list[pa.RecordBatch] | str] = field(default_factory=dict)
    failed_ids: frozenset[str] = frozenset()

    def tables(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield tables and rows, batch by batch; files are removed once they are opened."""
        for table, rows in self.rows.items():
            for batch in _stream(rows) if isinstance(rows, str) else rows:
                yield table, self._without_failed(pa.Table.from_batches([batch]))

    def _without_failed(self, rows: pa.Table) -> pa.Table:
        if not self.failed_ids:
            return rows
        failed = pa.array(sorted(self.failed_ids))
        return rows.filter(pc.invert(pc.is_in(rows["report_id"], value_set=failed)))


def _stream(path: str) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(path) as file:
        Path(path).unlink()
        yield from pa.ipc.open_stream(file)
