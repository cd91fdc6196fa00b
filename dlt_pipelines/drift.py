"""Schema drift: what a vendor's objects look like now, against what they looked like before.

    objects ─observe─▶ shapes seen in this run ─findings─▶ quality.known_fields (what is usual)
                                                      └──▶ quality.schema_drift (what is not)

The first run that sees a kind of object takes its fields as usual. Later runs record a field that
is new, one of another type, and one that is missing although it was always there; a field that the
parser reads is held against the type that the parser expects from the first run on. Nothing is
lost by drift, as raw rows keep the vendor's object; names and types are recorded, values never.

Looking is cheap: an object whose members are those of one that was looked at is counted, and only
now and then looked into again. A source whose rows keep the vendor's object in `payload` is looked
at without doing anything for it: of every batch some hundred payloads are read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa

NEW, CHANGED, MISSING = "new_field", "changed_type", "missing_field"

Types = Mapping[str, Mapping[str, str]]
# Kind, field and drift kind of what was recorded before, with the types that were seen.
Drifted = Mapping[tuple[str, str, str], Set[str | None]]

_LOOKS_PER_SHAPE = 8
_LOOK_EVERY = 64
_SHAPES_LIMIT = 500
_FIELDS_LIMIT = 1_000
_MEMBERS_LIMIT = 100
_ELEMENTS_LOOKED_AT = 2
_ALWAYS_AFTER = 5
_PAYLOADS_PER_BATCH = 200
_NULL = "null"
_DELIVERED = "landing/webhooks/"
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,63}")
# What users fill with names of their own is not the vendor's schema.
_OPAQUE = frozenset(
    {
        "client_payload",
        "custom",
        "custom_details",
        "custom_fields",
        "details",
        "env",
        "environment_variables",
        "inputs",
        "meta_data",
        "metadata",
        "parameters",
        "payload",
        "properties",
        "variables",
    }
)
_TYPES = {
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    dict: "object",
    list: "list",
    type(None): _NULL,
}


@dataclass(frozen=True, slots=True)
class KnownField:
    """What is usual for one field of one kind of object.

    Attributes:
        types: Types that were seen, without null.
        is_always: No object was without it.
    """

    types: frozenset[str]
    is_always: bool


@dataclass(frozen=True, slots=True)
class Usual:
    """A field to be remembered as usual, or that it has become so."""

    object_kind: str
    field_path: str
    field_type: str
    is_always: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """What was not usual in this run.

    Attributes:
        object_kind: Kind of object.
        field_path: Its field, as `member`, `member.member` or `list[].member`.
        drift_kind: `new_field`, `changed_type` or `missing_field`.
        usual_type: The type it had before, None when it is new.
        example_type: The type it has now, None when it is missing.
        is_read: The parser reads this field.
        object_count: Objects of this run that were looked into and showed it.
    """

    object_kind: str
    field_path: str
    drift_kind: str
    usual_type: str | None
    example_type: str | None
    is_read: bool
    object_count: int


@dataclass(slots=True)
class _Kind:
    """What was seen of one kind of object in this run."""

    seen: int = 0
    looked: int = 0
    shapes: dict[tuple[str, ...], int] = field(default_factory=dict)
    fields: dict[str, dict[str, int]] = field(default_factory=dict)


class Observer:
    """Looks at the objects of one run.

    Args:
        read: Types that the parser expects, by kind and field.
    """

    def __init__(self, read: Types) -> None:
        self._read = read
        self._kinds: dict[str, _Kind] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that were seen."""
        return tuple(self._kinds)

    def looked(self, kind: str) -> int:
        """Return how many objects of a kind were looked into."""
        return self._kinds[kind].looked

    def observe(self, kind: str, item: Mapping[str, Any]) -> None:
        """Take one object of the vendor."""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = _Kind()
        found.seen += 1
        shape = tuple(item)
        looks = found.shapes.get(shape, 0)
        if looks >= _LOOKS_PER_SHAPE and found.seen % _LOOK_EVERY:
            return
        if looks or len(found.shapes) < _SHAPES_LIMIT:
            found.shapes[shape] = looks + 1
        elif found.seen % _LOOK_EVERY:
            return
        found.looked += 1
        _look(found.fields, item)

    def findings(
        self, known: Mapping[str, Mapping[str, KnownField]], drifted: Drifted
    ) -> tuple[list[Usual], list[Drift]]:
        """Compare with what is known.

        Args:
            known: What is usual, by kind and field.
            drifted: What was recorded before; it is recorded again where it is seen again, so that
                its end shows.
        """
        usual: list[Usual] = []
        drifts: list[Drift] = []
        for kind, found in self._kinds.items():
            before = known.get(kind, {})
            parents = {path.rpartition(".")[0] for path in before}
            for path, types in found.fields.items():
                usual += _usual(kind, path, found, before.get(path))
                # what an object holds is no news where the object was null until now
                is_new = path not in before and path.rpartition(".")[0] in parents
                if is_new or (kind, path, NEW) in drifted:
                    drifts.append(self._new(kind, path, types))
                drifts += self._changed(kind, path, types, before.get(path), drifted)
            for path, expected in before.items():
                lacking = found.looked - sum(found.fields.get(path, {}).values())
                if lacking and (expected.is_always or (kind, path, MISSING) in drifted):
                    before_type = _one(expected.types)
                    is_read = self._expected(kind, path) is not None
                    drifts.append(Drift(kind, path, MISSING, before_type, None, is_read, lacking))
                    if expected.is_always:
                        usual.append(Usual(kind, path, before_type or _NULL, is_always=False))
        return usual, drifts

    def _new(self, kind: str, path: str, types: Mapping[str, int]) -> Drift:
        name = _one(types.keys() - {_NULL}) or _NULL
        is_read = self._expected(kind, path) is not None
        return Drift(kind, path, NEW, None, name, is_read, sum(types.values()))

    def _changed(
        self,
        kind: str,
        path: str,
        types: Mapping[str, int],
        before: KnownField | None,
        drifted: Drifted,
    ) -> Iterator[Drift]:
        expected = self._expected(kind, path)
        usual = frozenset({expected}) if expected else before.types if before else frozenset()
        again = drifted.get((kind, path, CHANGED), frozenset())
        for name, count in types.items():
            rest = _one(usual - {name})
            if name != _NULL and rest and (name not in usual or name in again):
                yield Drift(kind, path, CHANGED, rest, name, expected is not None, count)

    def _expected(self, kind: str, path: str) -> str | None:
        return self._read.get(kind.partition(" ")[0], {}).get(path)


def observe_payloads(observer: Observer, table: str, batch: pa.RecordBatch | pa.Table) -> None:
    """Look at some of the vendor's objects that the rows of a batch keep in `payload`."""
    if "payload" not in batch.schema.names:
        return
    step = max(batch.num_rows // _PAYLOADS_PER_BATCH, 1)
    positions = pa.array(range(0, batch.num_rows, step), pa.int64())
    payloads = batch.column("payload").take(positions).to_pylist()
    files: list[Any] = [None] * len(payloads)
    if "source_file" in batch.schema.names:
        files = batch.column("source_file").take(positions).to_pylist()
    for payload, file in zip(payloads, files, strict=True):
        try:
            item = orjson.loads(payload or "null")
        except ValueError:
            continue  # a number beyond 64 bits, which only the standard library reads
        if isinstance(item, dict):
            observer.observe(kind_of(table, file), item)


def kind_of(table: str, source_file: str | None) -> str:
    """Return the kind of object: deliveries show some with other members than an API does."""
    is_delivered = bool(source_file) and str(source_file).startswith(_DELIVERED)
    return f"{table} (delivered)" if is_delivered else table


def _usual(kind: str, path: str, found: _Kind, before: KnownField | None) -> Iterator[Usual]:
    """Yield the types of a field that are not known yet."""
    types = found.fields[path]
    is_member = "." not in path
    is_always = is_member and sum(types.values()) == found.looked >= _ALWAYS_AFTER
    for name in sorted(types):
        if before is None:
            yield Usual(kind, path, name, is_always)
        elif name != _NULL and name not in before.types:
            yield Usual(kind, path, name, before.is_always)


def _one(types: Iterable[str]) -> str | None:
    return " or ".join(sorted(types)) or None


def _look(fields: dict[str, dict[str, int]], item: Mapping[str, Any]) -> None:
    """Count the fields of an object by type: its members, and those of objects in it."""
    shown: dict[str, str] = {}
    for name, value in item.items():
        if not _NAME.fullmatch(name):
            continue
        kind = _TYPES.get(type(value), "text")
        shown[name] = kind
        if name in _OPAQUE:
            continue
        if kind == "object":
            _members(shown, f"{name}.", value)
        elif kind == "list":
            for element in value[:_ELEMENTS_LOOKED_AT]:
                if type(element) is dict:
                    _members(shown, f"{name}[].", element)
    for path, kind in shown.items():
        types = fields.get(path)
        if types is None:
            if len(fields) >= _FIELDS_LIMIT:
                continue
            types = fields[path] = {}
        types[kind] = types.get(kind, 0) + 1


def _members(shown: dict[str, str], prefix: str, item: Mapping[str, Any]) -> None:
    if len(item) > _MEMBERS_LIMIT:
        return
    for name, value in item.items():
        if _NAME.fullmatch(name):
            shown[prefix + name] = _TYPES.get(type(value), "text")
