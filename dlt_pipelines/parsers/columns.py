"""Rows on their way out of a parser: tuples in, columns out.

A parser appends one tuple per row; whoever loads takes batches of columns and makes Arrow tables
of them. Nothing here knows what the rows mean.
"""

from collections.abc import Callable, Sequence
from typing import Any

Columns = dict[str, list[Any]]

DEFAULT_BATCH_ROWS = 50_000


class ColumnBuffer:
    """Collects rows and hands them out as columns, batch by batch.

    Args:
        names: Column names, in the order of the values of a row.
        batch_rows: Rows of a full batch.
        on_batch: Called with each full batch as soon as it is full; the batch is then forgotten, so
            memory stays flat however large the report is. Without it, batches wait for
            `pop_batches`.
    """

    __slots__ = ("_batches", "_columns", "_on_batch", "_rows", "batch_rows", "names", "row_count")

    def __init__(
        self,
        names: Sequence[str],
        batch_rows: int = DEFAULT_BATCH_ROWS,
        on_batch: Callable[[Columns], None] | None = None,
    ) -> None:
        self.names = tuple(names)
        self.batch_rows = batch_rows
        self.row_count = 0
        self._on_batch = on_batch
        self._rows: list[tuple[Any, ...]] = []
        self._columns: list[list[Any]] = []  # of the rows before those of `_rows`
        self._batches: list[Columns] = []

    def append(self, row: tuple[Any, ...]) -> None:
        """Add one row; its values stand in the order of `names`."""
        self._rows.append(row)
        self._close_full_batch()

    def extend(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add many rows at once."""
        self._rows.extend(rows)
        self._close_full_batch()

    def extend_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add many rows at once that are columns already, in the order of `names`."""
        self._transpose_rows()
        for known, more in zip(self._columns, columns, strict=True):
            known.extend(more)
        self._close_full_batch()

    def pop_batches(self) -> list[Columns]:
        """Return every batch not yet handed out, the unfinished last one too, and forget them."""
        self._close_batch()
        batches, self._batches = self._batches, []
        return batches

    def flush(self) -> None:
        """Hand the unfinished last batch to `on_batch`; without `on_batch` it goes on waiting."""
        if self._on_batch is not None:
            self._close_batch()

    def _close_full_batch(self) -> None:
        count = len(self._rows) + (len(self._columns[0]) if self._columns else 0)
        if count >= self.batch_rows:
            self._close_batch()

    def _transpose_rows(self) -> None:
        rows, self._rows = self._rows, []
        if not self._columns:
            self._columns = [[] for _ in self.names]
        if rows:
            for known, more in zip(self._columns, zip(*rows, strict=True), strict=True):
                known.extend(more)

    def _close_batch(self) -> None:
        self._transpose_rows()
        closed, self._columns = self._columns, []
        if not closed[0]:
            return
        self.row_count += len(closed[0])
        columns = dict(zip(self.names, closed, strict=True))
        if self._on_batch is None:
            self._batches.append(columns)
        else:
            self._on_batch(columns)


class DiscardingBuffer(ColumnBuffer):
    """Counts rows and keeps none of them: for `inspect` and for measuring."""

    __slots__ = ()

    def append(self, row: tuple[Any, ...]) -> None:
        """Count a row."""
        self.row_count += 1

    def extend(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Count rows."""
        self.row_count += len(rows)

    def extend_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Count rows."""
        self.row_count += len(columns[0])
