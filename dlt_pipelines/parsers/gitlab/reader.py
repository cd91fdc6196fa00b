"""Documents of any shape → rows of GitLab's tables, handed to a sink."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dlt_pipelines.parsers.builds.reader import PageReport, Sink
from dlt_pipelines.parsers.github.documents import read_each
from dlt_pipelines.parsers.github.values import member, moment, text
from dlt_pipelines.parsers.gitlab.kinds import NOT_KEPT, kind_of
from dlt_pipelines.parsers.gitlab.place import Place, place_of
from dlt_pipelines.parsers.gitlab.rows import ROWS
from dlt_pipelines.parsers.gitlab.schema import NAMES
from dlt_pipelines.parsers.gitlab.webhooks import objects_of
from dlt_pipelines.parsers.objects import ObjectError

_DEEPEST_WRAPPING = 12
_DELIVERY = {"vendor", "body", "event"}
_VENDOR = "gitlab"
_OF_ERRORS = {"message", "error", "error_description"}


class GitlabReader:
    """Reads the documents of one file, answer or delivery.

    Args:
        sink: Takes the rows.
        address: Path of the file or address of the page.
    """

    def __init__(self, sink: Sink, address: str) -> None:
        self.report = PageReport()
        self._sink = sink
        self._place = place_of(address)
        self._seen = 0

    def read(self, document: Any, address: str | None = None) -> None:
        """Read one document; `address` is that of its page, where it is known."""
        self._document(document, place_of(address) if address else self._place, 0)

    def read_bytes(self, data: bytes) -> PageReport:
        """Read a saved file; what can be read is read, the report says where it stopped."""
        for _ in self.read_in_steps(data):
            pass
        return self.report

    def read_in_steps(self, data: bytes) -> Iterator[None]:
        """Read a saved file, as `read_bytes` does, and yield after each document."""
        return read_each(data, self.read, self.report)

    def read_at(self, document: Any, place: Place) -> None:
        """Read one document whose place is known better than by its address."""
        self._document(document, place, 0)

    def _document(self, document: Any, place: Place, depth: int) -> None:
        if depth > _DEEPEST_WRAPPING:
            self._reject(None, "lists and pages are wrapped in each other too deeply")
        elif isinstance(document, list):
            if place.things == "commits" and place.is_start and place.list_head_sha is None:
                place = replace(place, list_head_sha=_first_id(document))
            for item in document:
                self._document(item, place, depth + 1)
        elif not isinstance(document, dict):
            self._reject(document, "neither an object nor a list")
        elif isinstance(document.get("url"), str) and isinstance(document.get("body"), list | dict):
            self._document(document["body"], place_of(document["url"]), depth + 1)
        elif document.keys() >= _DELIVERY and isinstance(document["body"], dict):
            if document["vendor"] != _VENDOR:
                self.report.not_kept["delivery of another vendor"] += 1
                return
            received = replace(place, received_at=moment(document.get("received_at")))
            self._document(document["body"], received, depth + 1)
        elif isinstance(document.get("object_kind"), str) or _is_told_by_system(document):
            self._delivered(document, place)
        elif "individual_note" in document and isinstance(document.get("notes"), list):
            self._document(document["notes"], place, depth + 1)
        else:
            self._object(document, kind_of(document, place), place)

    def _delivered(self, body: dict[str, Any], place: Place) -> None:
        for kind, item in objects_of(body):
            self._object(item, kind, replace(place, things=None, merge_request=None))

    def _object(self, item: dict[str, Any], kind: str | None, place: Place) -> None:
        self._seen += 1
        if kind is None and not item.keys() - _OF_ERRORS:
            said = text(item.get("message")) or text(item.get("error")) or "nothing"
            self._reject(item, f"the saved answer is an error of the vendor: {said}")
        elif kind is None:
            names = ", ".join(f"`{name}`" for name in list(item)[:5]) or "none"
            self._reject(item, f"no object of GitLab that is known; its members are {names}")
        elif kind in NOT_KEPT:
            self.report.not_kept[kind] += 1
        else:
            table, make = ROWS[kind]
            try:
                for values in make(item, place):
                    self._sink.row(table, tuple(values.get(name) for name in NAMES[table]))
                    self.report.rows[table] += 1
            except ObjectError as error:
                self._reject(item, str(error))

    def _reject(self, item: Any, reason: str) -> None:
        self.report.rejected += 1
        self._sink.reject(None, self._seen, item, reason)


def _is_told_by_system(document: dict[str, Any]) -> bool:
    """Tell whether this is a delivery about members, groups, projects or users."""
    return isinstance(document.get("event_name"), str) and "id" not in document


def _first_id(document: Any) -> str | None:
    """Return the id of the first object of a list, or of its first page."""
    for _ in range(_DEEPEST_WRAPPING):
        if not isinstance(document, list) or not document:
            break
        document = document[0]
    return text(member(document, "id"))
