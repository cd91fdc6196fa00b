"""Documents of any shape → rows of builds, handed to a sink; the vendors' readers build on it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dlt_pipelines.parsers.builds.schema import NAMES
from dlt_pipelines.parsers.github import PageReport
from dlt_pipelines.parsers.github.documents import read_each
from dlt_pipelines.parsers.github.values import integer, moment

_DEEPEST_WRAPPING = 12
_DELIVERY = {"vendor", "body", "event"}

__all__ = ["BuildReader", "PageReport", "Place", "RowError", "Sink"]


class Sink(Protocol):
    """Takes the rows of a file."""

    def row(self, table: str, row: tuple[Any, ...]) -> None:
        """Take one row, its values in the order of the table's schema."""

    def reject(self, table: str | None, number: int, item: Any, reason: str) -> None:
        """Take an object that could not become a row; `number` counts the file's objects from 1."""


class RowError(Exception):
    """An object can't become a row; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the address of a page says about the objects in it; None where it says nothing.

    Attributes:
        server: Host.
        pipeline_path: Definition that is built.
        number: Number of the build.
        build_id: Identity of the build, where the address names it.
        received_at: When a delivery came.
    """

    server: str | None = None
    pipeline_path: str | None = None
    number: int | None = None
    build_id: str | None = None
    received_at: datetime | None = None


class BuildReader(ABC):
    """Reads the documents of one file or answer; a vendor's reader says what an object is.

    Args:
        sink: Takes the rows.
        address: Path of the file or address of the page.
        server: Host to assume where neither object nor address names one.
    """

    vendor = ""

    def __init__(self, sink: Sink, address: str, server: str | None = None) -> None:
        self.report = PageReport()
        self._sink = sink
        self._server = server
        self.address = address
        self._place = self.place_of(address)
        self._seen = 0

    def read(self, document: Any, address: str | None = None) -> None:
        """Read one document; `address` is that of its page, where it is known."""
        self.document(document, self.place_of(address) if address else self._place, depth=0)

    def read_bytes(self, data: bytes) -> PageReport:
        """Read a saved file; what can be read is read, the report says where it stopped."""
        for _ in self.read_in_steps(data):
            pass
        return self.report

    def read_in_steps(self, data: bytes) -> Iterator[None]:
        """Read a saved file, as `read_bytes` does, and yield after each document."""
        return read_each(data, self.read, self.report)

    @abstractmethod
    def place_of(self, address: str) -> Place:
        """Return what an address says."""

    @abstractmethod
    def rows_of(
        self, item: dict[str, Any], place: Place, depth: int
    ) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Yield (table, values) of an object.

        Raises:
            RowError: It is of this vendor and can't become a row, or shows no sign of being so.
        """

    def document(self, document: Any, place: Place, depth: int) -> None:
        """Read a document or a part of one."""
        if depth > _DEEPEST_WRAPPING:
            self.reject(None, "lists and pages are wrapped in each other too deeply")
        elif isinstance(document, list):
            for item in document:
                self.document(item, place, depth + 1)
        elif not isinstance(document, dict):
            self.reject(document, "neither an object nor a list")
        elif isinstance(document.get("url"), str) and isinstance(document.get("body"), list | dict):
            self.document(document["body"], self.place_of(document["url"]), depth + 1)
        elif document.keys() >= _DELIVERY and isinstance(document["body"], dict):
            self._delivery(document, place, depth)
        else:
            self._object(document, place, depth)

    def not_kept(self, kind: str) -> None:
        """Count an object that this vendor has but no table keeps."""
        self.report.not_kept[kind] += 1

    def reject(self, item: Any, reason: str) -> None:
        """Hand on an object that could not become a row."""
        self._seen += 1
        self.report.rejected += 1
        self._sink.reject(None, self._seen, item, reason)

    def _delivery(self, document: dict[str, Any], place: Place, depth: int) -> None:
        if document["vendor"] != self.vendor:
            self.not_kept("delivery of another vendor")
            return
        received = Place(server=place.server, received_at=moment(document.get("received_at")))
        self.document(document["body"], received, depth + 1)

    def _object(self, item: dict[str, Any], place: Place, depth: int) -> None:
        self._seen += 1
        try:
            for table, values in self.rows_of(item, place, depth):
                names = NAMES[table]
                server = values.get("server") or place.server or self._server
                self.report.rows[table] += 1
                self._sink.row(
                    table, tuple(server if n == "server" else values.get(n) for n in names)
                )
        except RowError as error:
            self.report.rejected += 1
            self._sink.reject(None, self._seen, item, str(error))


def identity(value: Any, name: str) -> str:
    """Return an id as text, or raise `RowError`."""
    if isinstance(value, str) and value:
        return value
    found = integer(value)
    if found is None:
        raise RowError(f"`{name}` is missing or no id")
    return str(found)


def described(item: Mapping[str, Any]) -> str:
    """Name the first members of an object, for messages."""
    return ", ".join(f"`{name}`" for name in list(item)[:5]) or "none"
