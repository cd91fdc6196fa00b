"""Deployments, pull requests, issues, events: lists that are read from their newest entry down.

Read that way, an entry that changes meanwhile moves to a part that was read already, so none is
skipped; what it became is found by the next load, which starts a little before the last one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dlt_pipelines.github_actions.collector import Page
from dlt_pipelines.github_actions.poller import GONE, PAGE_SIZE, Batches, Poller
from dlt_pipelines.github_actions.spans import Span
from dlt_pipelines.http import Answer
from dlt_pipelines.parsers.github.values import integer, moment

_LAG = timedelta(hours=1)
_SWITCHED_OFF = 410  # what the vendor answers where a repository does not use issues
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list and what hangs on its entries.

    Attributes:
        things: Raw table.
        url: Address of the first page, newest entry first.
        ordered_by: Member by whose time the list is ordered.
        lag: How long before the end of the last load to start again.
        id_member: Member that identifies an entry; `id_column` is its column.
        detail_paths: Paths of the lists of an entry, below the repository, with `{id}`.
        is_final: Tells whether nothing more is to come for an entry of that id that is unchanged.
    """

    things: str
    url: str
    ordered_by: str
    lag: timedelta
    id_member: str
    id_column: str
    detail_paths: tuple[str, ...] = ()
    is_final: Callable[[int], bool] = lambda _: True


def collect_pull_requests(poller: Poller, wanted: Span) -> Batches:
    """Yield pull requests updated in the span, with the commits and reviews of each."""
    url = poller.url("/pulls", state="all", sort="updated", direction="desc", per_page=PAGE_SIZE)
    paths = ("/pulls/{id}/reviews", "/pulls/{id}/commits")
    listing = Listing("pull_requests", url, "updated_at", _LAG, "number", "number", paths)
    yield from _collect(poller, listing, wanted)


def collect_issues(poller: Poller, wanted: Span) -> Batches:
    """Yield issues updated in the span."""
    url = poller.url("/issues", state="all", sort="updated", direction="desc", per_page=PAGE_SIZE)
    listing = Listing("issues", url, "updated_at", _LAG, "number", "number")
    yield from _collect(poller, listing, wanted)


def collect_issue_events(poller: Poller, wanted: Span) -> Batches:
    """Yield what happened to issues and pull requests in the span, from one list for all."""
    url = poller.url("/issues/events", per_page=PAGE_SIZE)
    listing = Listing("issue_events", url, "created_at", _LAG, "id", "event_id")
    yield from _collect(poller, listing, wanted)


def collect_environments(poller: Poller) -> Batches:
    """Yield the environments, unless their list is as it was; a repository may have none."""
    url = poller.url("/environments", per_page=PAGE_SIZE)
    path = poller.path(url)
    etag, _ = poller.ledger.etags([path]).get(path, (None, None))
    first = poller.get(url, etag=etag)
    if first.is_unchanged or first.status in GONE:
        return
    pages = [first, *(poller.list_pages(first.next_url) if first.next_url else [])]
    if not poller.are_all_found(pages):
        return
    for answer in pages:
        poller.emit(answer, etag=answer.etag if len(pages) == 1 else None)
    yield from poller.batches()


def collect_deployments(poller: Poller, wanted: Span, lookback: timedelta) -> Batches:
    """Yield deployments created in the span with the statuses of each.

    The list can't be asked by change, so the newest weeks are read again; a deployment's
    `updated_at` tells whether it was given a status since.
    """
    finished = poller.ledger.finished_deployments()
    listing = Listing(
        "deployments",
        poller.url("/deployments", per_page=PAGE_SIZE),
        "created_at",
        lookback,
        "id",
        "deployment_id",
        ("/deployments/{id}/statuses",),
        finished.__contains__,
    )
    yield from _collect(poller, listing, wanted)


def _collect(poller: Poller, listing: Listing, wanted: Span) -> Batches:
    before = [
        span for span in poller.ledger.covered(listing.things) if span[0] <= wanted[0] <= span[1]
    ]
    stop_at = max(before[-1][1] - listing.lag, wanted[0]) if before else wanted[0]
    path = poller.path(listing.url)
    etag, _ = poller.ledger.etags([path]).get(path, (None, None)) if before else (None, None)
    first = poller.get(listing.url, etag=etag)
    if first.is_unchanged:
        poller.collector.enter_range(poller.repository, listing.things, *wanted)
        return
    if first.status == _SWITCHED_OFF:
        note = f"the repository has no {listing.things} ({first.status})"
        poller.collector.enter_page(Page(path, None, len(first.content)), error=note)
        return
    pages = _pages(poller, first, listing, stop_at)
    if not poller.are_all_found(answer for answer, _ in pages):
        return
    entries: list[dict[str, Any]] = []
    for answer, items in pages:
        poller.emit(answer, items)
        entries.extend(item for item in items if isinstance(item, dict))
    yield from poller.batches()
    is_whole = True
    for url in _detail_urls(poller, listing, entries):
        is_whole &= all(poller.fetch(part) for part in url)
        yield from poller.batches()
    if is_whole:
        poller.collector.enter_range(poller.repository, listing.things, *wanted)
        if not listing.detail_paths or listing.ordered_by == "updated_at":
            poller.collector.enter_page(poller.entry(first, first.etag))


def _pages(
    poller: Poller, first: Answer, listing: Listing, stop_at: datetime
) -> list[tuple[Answer, list[Any]]]:
    """Return the pages with those of their entries that are not older than `stop_at`."""
    pages: list[tuple[Answer, list[Any]]] = []
    answer = first
    while True:
        document = answer.json() if answer.is_found else []
        items = document if isinstance(document, list) else []
        new = [item for item in items if _is_new(item, listing.ordered_by, stop_at)]
        pages.append((answer, new))
        if len(new) < len(items) or not answer.next_url:
            return pages
        answer = poller.get(answer.next_url)


def _is_new(item: Any, ordered_by: str, stop_at: datetime) -> bool:
    at = moment(item.get(ordered_by)) if isinstance(item, dict) else None
    return at is None or at >= stop_at


def _detail_urls(
    poller: Poller, listing: Listing, entries: list[dict[str, Any]]
) -> Iterator[list[str]]:
    """Yield what to ask for each entry whose version is new, the entry of the longest ago first.

    The last list of an entry is the mark of its being done: it is asked for only after the others
    were had, and counts only if it was read after that version of the entry was.
    """
    if not listing.detail_paths:
        return
    urls = {
        entry_id: [
            poller.url(path.format(id=entry_id), per_page=PAGE_SIZE)
            for path in listing.detail_paths
        ]
        for entry in reversed(entries)
        if (entry_id := integer(entry.get(listing.id_member))) is not None
    }
    updated = {integer(entry.get(listing.id_member)): entry.get("updated_at") for entry in entries}
    versions = poller.ledger.versions(listing.things, listing.id_column)
    read_at = poller.ledger.pages_loaded_at([poller.path(parts[-1]) for parts in urls.values()])
    for entry_id, parts in urls.items():
        at = moment(updated[entry_id])
        key = (entry_id, (at - _EPOCH) // _MICROSECOND if at else None)
        is_read = key in versions and read_at.get(poller.path(parts[-1]), -1) >= versions[key]
        if not (is_read and listing.is_final(entry_id)):
            yield parts
