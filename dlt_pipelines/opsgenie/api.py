"""The API of Opsgenie, polled: the newest weeks again, and what is still open.

Incidents can be asked by creation time. A load lists those created since the last one and the weeks
before (`lookback_days`), asks one by one for older incidents that were open when they were last
seen or that a webhook named, and reads the timeline of every incident whose version is new. An
incident becomes a row only after its timeline was read, so what is known is known with it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from dlt_pipelines import http
from dlt_pipelines.config import ConfigurationError, secret
from dlt_pipelines.object_loading import ObjectLoad, Poller, Rows, path_of, polled
from dlt_pipelines.parsers.github.values import member, text
from dlt_pipelines.parsers.incidents.opsgenie import INCIDENTS, read
from dlt_pipelines.polling import Patience

API_URL = "https://api.opsgenie.com"

_PAGE_SIZE = 100
_CAP = 20_000  # offset + limit of a list
_GONE = (404, 410)
_FAILURES_IN_A_ROW = 5
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_OPEN = """
select incident_id
from raw_opsgenie.incidents
group by incident_id
having lower(arg_max(status, coalesce(updated_at, created_at))) not in ('closed', 'resolved')
order by incident_id
"""


def read_api(load: ObjectLoad, span: Patience) -> Rows:
    """Yield the rows of everything that is new or has changed.

    Raises:
        ConfigurationError: The token is missing or not accepted.
    """
    context = load.context
    token = secret("opsgenie", "token")
    if not token:
        raise ConfigurationError(
            "`sources.opsgenie.token` is missing; write the key of an API integration into "
            "`.dlt/secrets.toml` or `SOURCES__OPSGENIE__TOKEN`"
        )
    client = http.VendorClient(
        str(context.options.get("api_url") or API_URL),
        headers={"Authorization": f"GenieKey {token}"},
        request_limit=span.request_limit,
        timeout_seconds=span.timeout_seconds,
    )
    start = span.since
    if not span.is_backfill and context.last_cursor_at is not None:
        start = max(context.last_cursor_at - span.lookback, start)
    poller = _Poller(load, client)
    rows = poller.rows(start, span.before, is_backfill=span.is_backfill)
    yield from polled(poller, rows, span)


class _Poller(Poller):
    def __init__(self, load: ObjectLoad, client: http.VendorClient) -> None:
        super().__init__(load, client, _GONE)
        self._failures = 0

    def rows(self, start: datetime, end: datetime, *, is_backfill: bool) -> Rows:
        for address, items in self._list("v1/services"):
            yield from self.load.document(items, address)
        listed: set[str] = set()
        for address, items in self._window((start, end)):
            for item in items:
                listed.add(str(member(item, "id")))
                yield from self._incident(item, address)
        if not is_backfill:
            for incident_id in dict.fromkeys((*self._open(), *self.load.named)):
                if incident_id not in listed:
                    yield from self._one(incident_id)

    def _open(self) -> list[str]:
        context = self.load.context
        if not context.has_table(INCIDENTS):
            return []
        return [incident_id for (incident_id,) in context.query(_OPEN)]

    def _one(self, incident_id: str) -> Rows:
        answer = self.get(self.client.address(f"v1/incidents/{quote(incident_id)}"))
        if answer.is_found:
            yield from self._incident(member(answer.json(), "data"), path_of(answer.url))
        else:
            self.refuse(answer)

    def _incident(self, item: Any, address: str) -> Rows:
        """Yield an incident with its timeline if this version of it is not known."""
        findings = read(item, address)
        if findings.rejected or not findings.rows:
            yield from self.load.document(item, address)
            return
        new = [row for table, row in findings.rows if table == INCIDENTS]
        if not all(self.load.is_new(INCIDENTS, row) for row in new):
            return
        timeline = []
        try:
            for page_address, page in self._timeline(str(item["id"])):
                timeline.extend(list(self.load.document(page, page_address)))
        except (http.RequestLimitError, http.UnauthorizedError):
            raise
        except http.HttpError as error:
            self.is_whole = False
            self._failures += 1
            if self._failures >= _FAILURES_IN_A_ROW:
                raise
            path = f"/v2/incident-timelines/{item['id']}/entries"
            self.load.context.reject_file(path, str(error), "unreachable")
            return
        self._failures = 0
        for row in new:
            yield INCIDENTS, {**row, "source_file": address}
        yield from timeline

    def _timeline(self, incident_id: str) -> Iterator[tuple[str, Any]]:
        offset: str | None = None
        while True:
            url = self.client.address(
                f"v2/incident-timelines/{quote(incident_id)}/entries",
                limit=_PAGE_SIZE,
                order="asc",
                offset=offset,
            )
            answer = self.get(url)
            if not answer.is_found:
                self.refuse(answer)
                return
            document = answer.json()
            yield path_of(url), document
            data = member(document, "data")
            following = text(member(data, "nextOffset"))
            if not following or following == offset or not member(data, "entries"):
                return
            offset = following

    def _window(self, window: tuple[datetime, datetime]) -> Iterator[tuple[str, list[Any]]]:
        """Yield the pages of a span, which is halved when its list reaches the cap."""
        start, end = window
        query = f"createdAt>={_milliseconds(start)} AND createdAt<={_milliseconds(end)}"
        pages = []
        for page in self._list("v1/incidents", query=query, sort="createdAt", order="asc"):
            pages.append(page)
            if len(pages) * _PAGE_SIZE >= _CAP and end - start > _MILLISECOND:
                middle = start + (end - start) // 2
                yield from self._window((start, middle))
                yield from self._window((middle, end))
                return
        yield from pages

    def _list(self, path: str, **parameters: Any) -> Iterator[tuple[str, list[Any]]]:
        offset = 0
        while offset + _PAGE_SIZE <= _CAP:
            url = self.client.address(path, limit=_PAGE_SIZE, offset=offset, **parameters)
            answer = self.get(url)
            if not answer.is_found:
                self.refuse(answer)
                self.is_whole = False
                return
            document = answer.json()
            items = member(document, "data")
            if not isinstance(items, list) or not items:
                return
            yield path_of(url), items
            if len(items) < _PAGE_SIZE and not member(member(document, "paging"), "next"):
                return
            offset += len(items)
        self.is_whole = False
        reason = f"the vendor lists {_CAP} objects for a question, and there are more"
        self.load.context.reject_file(f"/{path}", reason, "over_the_cap")


def _milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MILLISECOND
