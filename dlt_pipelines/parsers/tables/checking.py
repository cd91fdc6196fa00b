"""A table's columns against those of a kind: which is which, and which rows fit."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.tables.batches import Batch, RejectedRow
from dlt_pipelines.parsers.tables.model import PROVENANCE, TEXT, Column, Kind
from dlt_pipelines.parsers.tables.values import converted

_NAME_BYTES = 4_096
_CUT_CHARACTERS = 2_000
_SHOWN_CHARACTERS = 200
_OTHER_BYTES = 64 * 1024
_ALIKE = 0.78
# Names of columns that may be meant by others; each is compared with each of ours.
_COMPARED = 200
_JOIN = "/"


class MappingError(ValueError):
    """A map is wrong whatever the file is; the message says what to write."""


def parse_maps(kind: Kind, maps: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read maps of the form `theirs=ours`; `a+b=ours` joins two columns with a slash.

    Returns:
        Ours → theirs, more than one where they are joined.

    Raises:
        MappingError: A map has another form, names no column of ours, or names one twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in maps:
        theirs, sign, ours = text.rpartition("=")
        theirs, ours = theirs.strip(), ours.strip()
        if not sign or not theirs:
            raise MappingError(f"`{text}` is no map; write `theirs=ours`, such as `sha=head_sha`")
        if ours not in kind.names:
            raise MappingError(
                f"`{text}` maps to `{ours}`, which is no column of `{kind.name}`"
                f"{_instead(ours, kind)}; its columns are {', '.join(kind.names)}"
            )
        if ours in found:
            raise MappingError(f"`{ours}` is mapped twice; keep one of the maps")
        found[ours] = (theirs,)
    return found


def _instead(name: str, kind: Kind) -> str:
    near = difflib.get_close_matches(name, kind.names, 1, _ALIKE)
    return f" (do you mean `{near[0]}`?)" if near else ""


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows of a kind, and those that don't fit.

    Attributes:
        rows: The columns of the kind's schema but `import_id` and `source_file`.
        rejected: Rows with the reason.
    """

    rows: pa.Table
    rejected: list[RejectedRow]


class TableCheck:
    """Takes the batches of one file to the columns of a kind.

    Args:
        kind: What the rows are.
        maps: Ours → theirs, from `parse_maps`.
        constants: Values of columns that a row leaves empty.

    Attributes:
        used: Theirs → ours, as found in the file.
        other_names: Columns of the file that are none of ours; they are kept as JSON.
        suggestions: Maps that may be meant by columns of other names.
    """

    def __init__(
        self, kind: Kind, maps: Mapping[str, tuple[str, ...]], constants: Mapping[str, str]
    ) -> None:
        self.kind = kind
        self._maps = maps
        self._constants = constants
        self._from: dict[str, tuple[str, ...]] = {}
        self._seen: list[str] = []
        self._is_ready = False
        self.used: dict[str, str] = {}
        self.other_names: list[str] = []
        self.suggestions: list[str] = []

    def check(self, batch: Batch) -> Checked:
        """Check some rows.

        Raises:
            ParseError: The file lacks a column; in JSON Lines a later line may bring more.
        """
        if not self._is_ready and batch.rejected and not batch.columns:
            number, reason = batch.rejected[0].number, batch.rejected[0].reason
            raise ParseError(f"no line of it can be read: in line {number} {reason}")
        if not self._is_ready or any(name not in self._seen for name in batch.columns):
            self._look_at(list(batch.columns))
        count = len(batch.numbers)
        reasons: dict[int, str] = {}
        columns: dict[str, pa.Array] = {}
        for column in self.kind.columns:
            values, kept = self._values(column, batch, count, reasons)
            columns[column.name] = values
            if column.kept_as:
                columns[column.kept_as] = kept
        self._require(columns, reasons)
        columns["other_columns"] = self._others(batch, count)
        columns["row_number"] = batch.numbers
        fields = [
            part for part in self.kind.schema if part.name not in ("import_id", "source_file")
        ]
        rows = pa.table([columns[part.name] for part in fields], schema=pa.schema(fields))
        rejected = [*batch.rejected]
        if reasons:
            numbers = batch.numbers.to_pylist()
            for index, reason in sorted(reasons.items()):
                rejected.append(RejectedRow(numbers[index], _shown(batch, index), reason))
            fits = pa.array([index not in reasons for index in range(count)])
            rows = rows.filter(fits)
        return Checked(rows, rejected)

    def _look_at(self, names: list[str]) -> None:
        """Find which column is which.

        Raises:
            ParseError: A mapped or required column is missing.
        """
        known = [*self._seen, *(name for name in names if name not in self._seen)]
        self._seen = known
        plain = {_plain(name): name for name in reversed(known)}
        self._from = {}
        for ours, (text,) in self._maps.items():
            theirs = (text,) if text in self._seen else tuple(text.split("+"))
            missing = [name for name in theirs if name not in self._seen]
            if missing:
                raise ParseError(
                    f"it has no column `{missing[0]}`, which `{text}={ours}` maps; its columns are "
                    f"{_listed(known)}"
                )
            self._from[ours] = theirs
        mapped = {name for theirs in self._from.values() for name in theirs}
        for ours in self.kind.names:
            name = plain.get(ours)
            if ours not in self._from and name is not None and name not in mapped:
                self._from[ours] = (name,)
        self.used = {"+".join(theirs): ours for ours, theirs in self._from.items()}
        taken = {name for theirs in self._from.values() for name in theirs}
        self.other_names = [name for name in known if name not in taken]
        self.suggestions = self._suggest()
        self._is_ready = True
        self._demand(known)

    def _demand(self, known: list[str]) -> None:
        filled = self._from.keys() | self._constants.keys()
        missing = [
            f"`{column.name}`"
            for column in self.kind.columns
            if column.is_required and column.name not in filled
        ]
        missing += [
            " or ".join(f"`{name}`" for name in group)
            for group in self.kind.one_of
            if not filled & set(group)
        ]
        if not missing:
            return
        advice = [f"--map {map_}" for map_ in self.suggestions]
        if any("repository" in name for name in missing):
            advice.append("--repository owner/name")
        raise ParseError(
            f"it has no column {', '.join(missing)}; its columns are {_listed(known)}; "
            + (f"perhaps {' '.join(advice)}" if advice else "name one with --map theirs=ours")
        )

    def _suggest(self) -> list[str]:
        free = [
            name
            for name in self.kind.names
            if name not in self._from and name not in self._constants
        ]
        found: dict[str, str] = {}
        for name in self.other_names[:_COMPARED]:
            plain = _plain(name)
            ours = self.kind.likely.get(plain)
            if ours is None:
                near = difflib.get_close_matches(plain, free, 1, _ALIKE)
                ours = near[0] if near else None
            if ours in free and ours not in found.values():
                found[name] = ours
        return [f"{theirs}={ours}" for theirs, ours in found.items()]

    def _values(
        self, column: Column, batch: Batch, count: int, reasons: dict[int, str]
    ) -> tuple[pa.Array, pa.Array | None]:
        """Return a column's values, and its words as they were where it has words."""
        texts = self._texts(column, batch, count)
        texts = _checked_texts(texts, column, reasons)
        if column.type == TEXT:
            return texts, None
        values, wrong = converted(texts, column)
        for index, reason in wrong.items():
            reasons.setdefault(index, reason)
        return values, texts if column.kept_as else None

    def _texts(self, column: Column, batch: Batch, count: int) -> pa.Array:
        parts = [
            _flat(batch.columns[name]) if name in batch.columns else _nothing(count)
            for name in self._from.get(column.name, ())
        ]
        if not parts:
            texts = _nothing(count)
        elif len(parts) == 1:
            texts = parts[0]
        else:
            texts = pc.binary_join_element_wise(*parts, _JOIN, null_handling="emit_null")
        texts = pc.utf8_trim_whitespace(texts)
        texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
        if column.name in self._constants:
            texts = pc.fill_null(texts, self._constants[column.name])
        return _flat(texts)

    def _require(self, columns: Mapping[str, pa.Array], reasons: dict[int, str]) -> None:
        for column in self.kind.columns:
            if column.is_required and columns[column.name].null_count:
                for index in _indices(columns[column.name].is_null()):
                    reasons.setdefault(index, f"`{column.name}` is empty")
        for group in self.kind.one_of:
            empty = columns[group[0]].is_null()
            for name in group[1:]:
                empty = pc.and_(empty, columns[name].is_null())
            for index in _indices(empty):
                names = " and ".join(f"`{name}`" for name in group)
                reasons.setdefault(index, f"{names} are empty; one is needed")

    def _others(self, batch: Batch, count: int) -> pa.Array:
        """Return the columns that nobody asked for as JSON objects, NULL where all are empty."""
        names = [
            name
            for name in self.other_names
            if name in batch.columns and pc.max(pc.binary_length(batch.columns[name])).as_py()
        ]
        if not names:
            return _nothing(count)
        texts: list[str | None] = []
        for values in zip(*(batch.columns[name].to_pylist() for name in names), strict=True):
            row = {name: value for name, value in zip(names, values, strict=True) if value}
            text = orjson.dumps(row).decode() if row else None
            texts.append(text if text is None or len(text) <= _OTHER_BYTES else None)
        return pa.array(texts, pa.string())


def _checked_texts(texts: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
    """Reject NUL characters and names that are too long; cut messages."""
    for index in _indices(pc.match_substring(texts, "\0")):
        reasons.setdefault(index, f"`{column.name}` holds a NUL character")
    if column.is_cut:
        return pc.utf8_slice_codeunits(texts, 0, _CUT_CHARACTERS)
    for index in _indices(pc.greater(pc.binary_length(texts), _NAME_BYTES)):
        reasons.setdefault(index, f"`{column.name}` is longer than {_NAME_BYTES} bytes")
    return texts


def _indices(mask: pa.Array) -> list[int]:
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found


def _nothing(count: int) -> pa.Array:
    return pa.nulls(count, pa.string())


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:30])
    return f"{shown} and {len(names) - 30} more" if len(names) > 30 else shown or "none"


def _shown(batch: Batch, index: int) -> str:
    row = {
        name: (text[:_SHOWN_CHARACTERS] if text else text)
        for name, values in batch.columns.items()
        if (text := values[index].as_py()) is not None
    }
    return orjson.dumps(row).decode()


def schema_without_origin(kind: Kind) -> pa.Schema:
    """Return the schema of `Checked.rows`."""
    names = {name for name, _type in PROVENANCE} - {"other_columns", "row_number"}
    return pa.schema([part for part in kind.schema if part.name not in names])
