"""Documents of any shape → rows, handed to a sink."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dlt_pipelines.parsers.github import rows, rows_of_work
from dlt_pipelines.parsers.github.documents import read_each
from dlt_pipelines.parsers.github.kinds import (
    DELIVERY_MEMBERS,
    PAGE_MEMBERS,
    Place,
    delivery_of,
    error_of,
    is_of_api,
    kind_of,
    place_of,
)
from dlt_pipelines.parsers.github.rows import Row, RowError
from dlt_pipelines.parsers.github.schema import SCHEMAS
from dlt_pipelines.parsers.github.values import member

_DEEPEST_WRAPPING = 5

_MAKERS: dict[str, Callable[[dict[str, Any], Place], Row]] = {
    "repositories": rows.repository_row,
    "workflow_runs": rows.run_row,
    "artifacts": rows.artifact_row,
    "deployments": rows.deployment_row,
    "deployment_statuses": rows.deployment_status_row,
    "pull_requests": rows_of_work.pull_request_row,
    "pull_request_reviews": rows_of_work.review_row,
    "issues": rows_of_work.issue_row,
    "issue_events": rows_of_work.issue_event_row,
    "environments": rows.environment_row,
}


class Sink(Protocol):
    """Takes the rows of a file."""

    def row(self, table: str, row: Row) -> None:
        """Take one row, its values in the order of the table's schema."""

    def reject(self, table: str | None, number: int, item: Any, reason: str) -> None:
        """Take an object that could not become a row; `number` counts the file's objects from 1."""

    def observe(self, kind: str, item: Mapping[str, Any]) -> None:
        """Look at an object of a kind that is kept, before it is taken apart."""


@dataclass(slots=True)
class PageReport:
    """What was found in one file or answer.

    Attributes:
        rows: Number of rows by table.
        not_kept: Number of objects by kind which this API has but no table keeps.
        rejected: Number of objects that could not become a row.
        total_count: What the newest list page said about the length of the whole list.
        error: Why reading stopped before the end, or None.
    """

    rows: Counter[str] = field(default_factory=Counter)
    not_kept: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    total_count: int | None = None
    error: str | None = None


class Reader:
    """Reads the documents of one file or of the pages of one list.

    Args:
        sink: Takes the rows.
        address: Path of the file or address of the page; what it says about the objects (run,
            pull request, …) counts only where they do not say it themselves.
    """

    def __init__(self, sink: Sink, address: str) -> None:
        self.report = PageReport()
        self._sink = sink
        self._place = place_of(address)
        self._seen = 0
        self._positions: dict[tuple[str | None, int | None], int] = {}

    def read(self, document: Any, address: str | None = None) -> None:
        """Read one document; `address` is that of its page, where it is known."""
        self._document(document, place_of(address) if address else self._place, depth=0)

    def read_in_steps(self, data: bytes) -> Iterator[None]:
        """Read a saved file, as `read_file` does, and yield after each document."""
        return read_each(data, self.read, self.report)

    def _document(self, document: Any, place: Place, depth: int) -> None:
        if depth > _DEEPEST_WRAPPING:
            self._reject(None, None, "lists and pages are wrapped in each other too deeply")
        elif isinstance(document, list):
            for item in document:
                self._document(item, place, depth + 1)
        elif isinstance(document, dict):
            self._object(document, place, depth)
        else:
            self._reject(None, document, "neither an object nor a list")

    def _object(self, item: dict[str, Any], place: Place, depth: int) -> None:
        kind = kind_of(item)
        if kind is not None and not self._is_page(item):
            self._item(kind, item, place)
            return
        for name, table in PAGE_MEMBERS.items():
            if isinstance(item.get(name), list):
                total = item.get("total_count")
                self.report.total_count = total if isinstance(total, int) else None
                for element in item[name]:
                    self._element(table, element, place)
                return
        body = item.get("body")
        if isinstance(item.get("url"), str) and isinstance(body, list | dict):
            self._document(body, place_of(item["url"]), depth + 1)
            return
        if isinstance(item.get("items"), list) and "total_count" in item:
            self._document(item["items"], place, depth + 1)
            return
        self._rest(item, place)

    @staticmethod
    def _is_page(item: dict[str, Any]) -> bool:
        return "total_count" in item or isinstance(item.get("body"), list | dict)

    def _rest(self, item: dict[str, Any], place: Place) -> None:
        message = error_of(item)
        delivery = delivery_of(item)
        if message is not None:
            self._reject(None, item, f"the saved answer is an error of the vendor: {message}")
        elif delivery is not None:
            found = False
            outer = Place(repository=rows.text(member(delivery.get("repository"), "full_name")))
            for name, table in DELIVERY_MEMBERS.items():
                if isinstance(delivery.get(name), dict):
                    found = True
                    self._item(table, delivery[name], outer)
            if not found:
                self.report.not_kept["delivery"] += 1
        elif "total_count" in item or isinstance(item.get("workflows"), list):
            self.report.not_kept["list"] += 1
        elif is_of_api(item):
            self.report.not_kept["other"] += 1
        else:
            members = ", ".join(f"`{name}`" for name in list(item)[:5]) or "none"
            self._reject(None, item, f"no object of the GitHub API; its first members: {members}")

    def _element(self, table: str, element: Any, place: Place) -> None:
        if isinstance(element, dict):
            self._item(table, element, place)
        else:
            self._reject(table, element, "not an object")

    def _item(self, kind: str, item: dict[str, Any], place: Place) -> None:
        self._seen += 1
        if kind in SCHEMAS:
            self._sink.observe(kind, item)
        try:
            if kind == "workflow_jobs":
                self._job(item, place)
            elif kind == "pull_request_commits":
                self._commit(item, place)
            elif kind == "job_annotations":
                self._annotation(item, place)
            elif kind == "issues" and item.get("pull_request"):
                self.report.not_kept["pull request as issue"] += 1
            elif kind in _MAKERS:
                self._row(kind, _MAKERS[kind](item, place))
            else:
                self.report.not_kept[kind] += 1
        except RowError as error:
            self._reject(kind, item, str(error), counted=True)

    def _job(self, item: dict[str, Any], place: Place) -> None:
        job = rows.job_row(item, place)
        self._row("workflow_jobs", job)
        for step in rows.step_rows(item, job):
            if isinstance(step, RowError):
                self._reject("job_steps", item, str(step), counted=True)
            else:
                self._row("job_steps", step)

    def _commit(self, item: dict[str, Any], place: Place) -> None:
        is_of_request = place.number is not None or "pull_request_url" in item
        if (place.is_page or place.repository is not None) and not is_of_request:
            self.report.not_kept["commit"] += 1
            return
        row = rows_of_work.pull_request_commit_row(item, place, place.first_position)
        position = self._position((row[0], row[1]), place)
        self._row("pull_request_commits", (*row[:3], position, *row[4:]))

    def _annotation(self, item: dict[str, Any], place: Place) -> None:
        position = self._position((place.repository, place.job_id), place)
        self._row("job_annotations", rows.annotation_row(item, place, position))

    def _position(self, list_of: tuple[str | None, int | None], place: Place) -> int:
        """Return the place of the next object of a list that may go over several pages."""
        position = max(self._positions.get(list_of, -1) + 1, place.first_position)
        self._positions[list_of] = position
        return position

    def _row(self, table: str, row: Row) -> None:
        self.report.rows[table] += 1
        self._sink.row(table, row)

    def _reject(self, table: str | None, item: Any, reason: str, *, counted: bool = False) -> None:
        if not counted:
            self._seen += 1
        self.report.rejected += 1
        self._sink.reject(table, self._seen, item, reason)


def read_file(data: bytes, sink: Sink, *, name: str) -> PageReport:
    """Read a saved file; what can be read is read, and the report says where it stopped.

    Args:
        data: The whole file.
        sink: Takes the rows.
        name: Path of the file.
    """
    reader = Reader(sink, name)
    for _ in reader.read_in_steps(data):
        pass
    return reader.report
