"""Some rows of a table on their way, and how many of them go together."""

from dataclasses import dataclass, field

import pyarrow as pa

_ROWS_AT_ONCE = 50_000
_CELLS_AT_ONCE = 500_000
ROW_BYTES_LIMIT = 16 * 1024 * 1024
COLUMN_LIMIT = 2_000
REJECTED_LIMIT = 100_000
"""Rows that can't be read, before a file is given up."""
TEXT_AT_ONCE = 32 * 1024 * 1024
"""Bytes of the texts of one batch, roughly."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not taken.

    Attributes:
        number: Position among the rows of the file, from 1; the header is no row.
        text: The row as it was, cut where it is long.
        reason: One sentence for a person.
    """

    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file.

    Attributes:
        columns: Name → texts; NULL where the file has no value.
        numbers: Positions of the rows in the file, from 1.
        rejected: Rows in between that can't be read.
    """

    columns: dict[str, pa.Array]
    numbers: pa.Array
    rejected: list[RejectedRow] = field(default_factory=list)


def rows_at_once(column_count: int) -> int:
    """Return how many rows of so many columns make a batch."""
    return min(_ROWS_AT_ONCE, _CELLS_AT_ONCE // max(column_count, 1))
