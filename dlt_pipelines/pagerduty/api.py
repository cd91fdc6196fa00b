"""The API of PagerDuty, polled by its log.

The list of incidents can be asked by creation time only, but everything that ever happens to an
incident is a log entry, and those can be asked by time. So a load reads the log since the last one
(a day before its end, because entries arrive late), lists the incidents created since then, and
asks one by one for the older incidents of which the log speaks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from dlt_pipelines import http
from dlt_pipelines.config import ConfigurationError, secret
from dlt_pipelines.object_loading import ObjectLoad, Poller, Rows, path_of, polled
from dlt_pipelines.parsers.github.values import member, text
from dlt_pipelines.parsers.incidents.pagerduty import INCIDENTS, LOG_ENTRIES, SERVICES
from dlt_pipelines.polling import Patience

API_URL = "https://api.pagerduty.com"

_LAG = timedelta(days=1)
_PAGE_SIZE = 100
_CAP = 10_000  # offset + limit of a list
_LONGEST_SPAN = timedelta(days=179)  # a question spans six months at most
_SECOND = timedelta(seconds=1)
# final answers about one incident: it is gone, or of a team whose things this key may not see
_LOST = (403, 404, 410)


def read_api(load: ObjectLoad, span: Patience) -> Rows:
    """Yield the rows of everything that is new or has changed.

    Raises:
        ConfigurationError: The token is missing or not accepted.
    """
    context = load.context
    token = secret("pagerduty", "token")
    if not token:
        raise ConfigurationError(
            "`sources.pagerduty.token` is missing; write a read-only key into `.dlt/secrets.toml` "
            "or `SOURCES__PAGERDUTY__TOKEN`"
        )
    client = http.VendorClient(
        str(context.options.get("api_url") or API_URL),
        headers={
            "Accept": "application/vnd.pagerduty+json;version=2",
            "Authorization": f"Token token={token}",
        },
        request_limit=span.request_limit,
        timeout_seconds=span.timeout_seconds,
    )
    start = span.since
    if not span.is_backfill and context.last_cursor_at is not None:
        start = max(context.last_cursor_at - _LAG, start)
    poller = _Poller(load, client, _LOST)
    yield from polled(poller, poller.rows(start, span.before), span)


class _Poller(Poller):
    def rows(self, start: datetime, end: datetime) -> Rows:
        for address, document in self._list(SERVICES):
            yield from self.load.document(document, address)
        listed: set[str] = set()
        named: dict[str, None] = {}
        for window in _spans(start, end):
            for address, document in self._window(INCIDENTS, window):
                listed.update(_ids(document, INCIDENTS, "id"))
                yield from self.load.document(document, address)
        for window in _spans(start, end):
            for address, document in self._window(LOG_ENTRIES, window):
                named.update(dict.fromkeys(_ids(document, LOG_ENTRIES, "incident", "id")))
                yield from self.load.document(document, address)
        for incident_id in named:
            if incident_id not in listed:
                yield from self._one(incident_id)

    def _one(self, incident_id: str) -> Rows:
        url = self.client.address(f"incidents/{quote(incident_id)}", **{"include[]": "body"})
        answer = self.get(url)
        if answer.is_found:
            yield from self.load.document(answer.json(), path_of(answer.url))
        else:
            self.refuse(answer)

    def _window(self, things: str, window: tuple[datetime, datetime]) -> Iterator[tuple[str, Any]]:
        """Yield the pages of a span, which is halved until its list is below the cap."""
        start, end = window
        parameters: dict[str, Any] = {"since": _text(start), "until": _text(end)}
        parameters["time_zone"] = "UTC"
        if things == INCIDENTS:
            parameters |= {"include[]": "body", "sort_by": "created_at:asc", "total": "true"}
        else:
            parameters |= {"is_overview": "false", "total": "true"}
        pages = self._list(things, **parameters)
        first = next(pages, None)
        if first is None:
            return
        total = member(first[1], "total")
        if isinstance(total, int) and total > _CAP and end - start > _SECOND:
            middle = start + (end - start) // 2
            yield from self._window(things, (start, middle))
            yield from self._window(things, (middle, end))
            return
        yield first
        yield from pages

    def _list(self, things: str, **parameters: Any) -> Iterator[tuple[str, Any]]:
        offset = 0
        while True:
            if offset + _PAGE_SIZE > _CAP:
                self.is_whole = False
                reason = f"the vendor lists {_CAP} objects for a question, and there are more"
                self.load.context.reject_file(f"/{things}", reason, "over_the_cap")
                return
            url = self.client.address(things, limit=_PAGE_SIZE, offset=offset, **parameters)
            answer = self.get(url)
            if not answer.is_found:
                self.refuse(answer)
                self.is_whole = False
                return
            document = answer.json()
            yield path_of(url), document
            items = member(document, things)
            if not isinstance(items, list) or not items or not document.get("more"):
                return
            offset += len(items)


def _ids(document: Any, things: str, *path: str) -> list[str]:
    items = member(document, things)
    found = []
    for item in items if isinstance(items, list) else []:
        value = item
        for name in path:
            value = member(value, name)
        if text(value):
            found.append(str(value))
    return found


def _spans(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while end - start > _LONGEST_SPAN:
        yield start, start + _LONGEST_SPAN
        start += _LONGEST_SPAN
    yield start, end


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
