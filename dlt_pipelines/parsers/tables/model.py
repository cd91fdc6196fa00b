"""What a column and a kind of table are, and the words that columns of words take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pyarrow as pa

TEXT = "text"
INTEGER = "integer"
NUMBER = "number"
BOOLEAN = "boolean"
INSTANT = "instant"
WORD = "word"

_ARROW = {
    TEXT: pa.string(),
    INTEGER: pa.int64(),
    NUMBER: pa.float64(),
    BOOLEAN: pa.bool_(),
    INSTANT: pa.timestamp("us", tz="UTC"),
    WORD: pa.string(),
}


@dataclass(frozen=True)
class Column:
    """One documented column.

    Attributes:
        name: Its name in the file and in the raw table.
        type: One of the types of this module.
        description: One sentence for a person.
        is_required: A row without a value is rejected, a file without the column refused.
        words: For columns of words: what a file may say, lower case without marks → our word.
        is_cut: A text that is too long is cut instead of rejected; for messages, never for names.
        largest: No number is larger. What is counted or measured is reckoned with in 64 bits, so
            that a number of a broken export would end every build.
    """

    name: str
    type: str
    description: str
    is_required: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False
    largest: int = 2**31 - 1

    @property
    def arrow_type(self) -> pa.DataType:
        """Type in the raw table."""
        return _ARROW[self.type]

    @property
    def kept_as(self) -> str | None:
        """Column that keeps the word of the file as it was written."""
        return f"vendor_{self.name}" if self.type == WORD else None


@dataclass(frozen=True)
class Kind:
    """A kind of table.

    Attributes:
        name: Its name, also of its raw table.
        row: What one row is.
        columns: Its columns, in order.
        key: Columns that tell rows apart; the newest row of a key counts.
        one_of: Groups of columns of which each row needs at least one.
        likely: Names that other tools use → ours; for suggestions only.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    likely: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> pa.Schema:
        """Columns of the raw table without `loaded_at`."""
        fields = []
        for column in self.columns:
            fields.append((column.name, column.arrow_type))
            if column.kept_as:
                fields.append((column.kept_as, pa.string()))
        return pa.schema([*fields, *PROVENANCE])


PROVENANCE = (
    ("other_columns", pa.string()),
    ("import_id", pa.string()),
    ("source_file", pa.string()),
    ("row_number", pa.int64()),
)
"""What every raw table has besides: columns nobody asked for as JSON, and where a row is from."""


def _words(**words: str) -> Mapping[str, str]:
    return MappingProxyType({alias: word for word, names in words.items() for alias in
                             (word.replace("_", ""), *names.split())})  # fmt: skip


RESULT_WORDS = _words(
    success="succeeded successful passed pass ok green fixed completed",
    unstable="",
    failure="failed fail failing error errored broken red stillfailing faulty",
    timed_out="timeout timedout",
    startup_failure="startupfailed",
    cancelled="canceled aborted abort stopped interrupted",
    skipped="notbuilt notexecuted notrun ignored blocked",
    neutral="stale actionrequired manual unknown",
    running="inprogress queued pending started created building",
)
STATUS_WORDS = _words(
    passed="pass success succeeded ok expected green fixed",
    failed="fail failure notok unexpected red regression",
    errored="error broken crashed timeout timedout aborted",
    skipped="skip ignored disabled pending notrun notexecuted todo",
    quarantined="muted",
)
DEPLOYMENT_WORDS = _words(
    success="succeeded successful passed ok deployed active live done",
    failure="failed fail error errored broken aborted timedout timeout",
    unfinished="running inprogress queued pending started created waiting cancelled canceled "
    "skipped inactive",
)
STATE_WORDS = _words(open="opened new draft", merged="", closed="abandoned declined rejected")
