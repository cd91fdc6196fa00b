"""Polling a server of builds: what is known already, what is asked for, what could not be had.

A load needs no state but the destination: `collected_ranges` says which lists were read to their
end and which details were had, and builds whose newest version is running are asked for again. A
load that was cut off, or whose requests are used up, is simply followed by the next one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from dlt_pipelines.build_loading import COLLECTED, Batches, BuildLoad
from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.github_actions.spans import Span, merged, uncovered
from dlt_pipelines.http import Answer, HttpError, RequestLimitError, UnauthorizedError, VendorClient
from dlt_pipelines.polling import Patience

GONE = (404, 410)
LAG = timedelta(hours=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAILURES_IN_A_ROW = 5
_ATTEMPTS_AFTER_FAILURES = 2


@dataclass(frozen=True, slots=True)
class OpenBuild:
    """A build that was running when it was last seen."""

    pipeline_path: str
    number: int | None
    build_id: str


class Polling:
    """One load from one server.

    Attributes:
        client: Asks the server.
        load: Takes rows and ledger entries.
        patience: Which span of time to read.
        is_whole: False once something could not be had, so that a later load must ask again.
    """

    def __init__(self, client: VendorClient, load: BuildLoad, patience: Patience) -> None:
        self.client = client
        self.load = load
        self.patience = patience
        self.is_whole = True
        self._context = load.context
        self._failures = 0
        self._answered = ""  # the address that was answered last
        self._dataset = f"raw_{load.context.source}"

    @property
    def wanted(self) -> Span:
        """The span of creation times to read."""
        return self.patience.since, self.patience.until

    def get(self, url: str) -> Answer:
        """Ask for one page and count it; with less patience where nothing but failures came."""
        if self._failures >= _FAILURES_IN_A_ROW:
            answer = self.client.get(url, attempts=_ATTEMPTS_AFTER_FAILURES)
        else:
            answer = self.client.get(url)
        self.heard(answer)
        return answer

    def heard(self, answer: Answer) -> None:
        """Count an answer."""
        audit = self._context.audit
        audit.seen_count += 1
        audit.loaded_count += answer.is_found
        audit.byte_count += len(answer.content)
        self._failures = 0
        if not self._answered:
            self.patience = self.patience.as_of(answer.at)
        self._answered = answer.url

    def document(self, url: str) -> Any:
        """Return a document, or None when the server refuses it, which is then on record."""
        answer = self.get(url)
        if answer.is_found:
            return answer.json()
        self.refuse(answer)
        return None

    def refuse(self, answer: Answer) -> None:
        """Record that the server will not give something."""
        self.is_whole = False
        reason = f"the vendor refuses it with status {answer.status}"
        self._context.reject_file(_path(answer.url), reason, f"http_{answer.status}")

    def attempt(self, what: str, work: Callable[[], None]) -> bool:
        """Do something that may fail without the rest; tell whether it went well.

        Several failures in a row may be a server that is down, and then the error goes up. One that
        still answers what it answered before has damaged things: the load goes on without them.
        """
        try:
            work()
        except (RequestLimitError, UnauthorizedError):
            raise
        except HttpError as error:
            self.is_whole = False
            self._failures += 1
            if self._failures >= _FAILURES_IN_A_ROW and not self._is_answering():
                raise
            self._context.reject_file(what, str(error), "unreachable")
            return False
        return True

    def _is_answering(self) -> bool:
        """Tell whether the server answers what it answered last."""
        if not self._answered:
            return False
        try:
            self.client.get(self._answered, attempts=_ATTEMPTS_AFTER_FAILURES)
        except (RequestLimitError, UnauthorizedError):
            raise
        except HttpError:
            return False
        return True

    def covered(self, things: str, name: str) -> list[Span]:
        """Return the spans of time whose list was read to its end."""
        rows = self._query(
            "select epoch_us(from_at), epoch_us(until_at) from {}.collected_ranges"
            " where things = ? and name = ? and from_at is not null",
            COLLECTED,
            (things, name),
        )
        return merged((_instant(start), _instant(end)) for start, end in rows)

    def gaps(self, things: str, name: str) -> list[Span]:
        """Return the parts of the wanted span whose list was not read yet, in order."""
        return uncovered(self.wanted, self.covered(things, name))

    def spans(self, things: str, name: str) -> list[Span]:
        """Return what of the wanted span is to be listed; the newest begins before the last load.

        What is new or has changed may come into a list late.
        """
        since, until = self.wanted
        spans = []
        for start, end in self.gaps(things, name):
            is_present = end == until and not self.patience.is_backfill
            has_before = any(stop < end for _, stop in self.covered(things, name))
            lagged = start - LAG if is_present and has_before else start
            spans.append((max(lagged, since), end))
        return spans

    def stop_at(self, things: str, name: str) -> datetime:
        """Return how far back a list that is read from its newest entry has to be read."""
        since, _ = self.wanted
        before = [span for span in self.covered(things, name) if span[0] <= since <= span[1]]
        return max(before[-1][1] - LAG, since) if before else since

    def had(self, things: str) -> set[str]:
        """Return the names of the things whose details were read."""
        return {
            name
            for (name,) in self._query(
                "select distinct name from {}.collected_ranges where things = ?",
                COLLECTED,
                (things,),
            )
        }

    def finished(self, pipeline_path: str) -> set[int]:
        """Return the numbers of the builds of a pipeline that were seen finished."""
        rows = self._query(
            "select distinct number from {}.builds where pipeline_path = ? and not is_running",
            "builds",
            (pipeline_path,),
        )
        return {number for (number,) in rows}

    def open_builds(self) -> list[OpenBuild]:
        """Return the builds to ask for again, oldest first; those that are gone are not."""
        rows = self._query(
            """
            select pipeline_path, number, build_id from {0}.builds
            where build_id not in (
                select name from {0}.collected_ranges where things = 'gone'
            )
            group by all
            -- of two versions of one moment, the one that is over is the later
            having arg_max(is_running, (coalesce(updated_at, loaded_at), not is_running))
                and bool_or(is_running)
            order by min(created_at), build_id
            """,
            "builds",
            (),
        )
        return [OpenBuild(*row) for row in rows]

    def _query(self, sql: str, table: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if not self._context.has_table(table):
            return []
        return self._context.query(sql.format(self._dataset), parameters)


def run_polling(poll: Polling, work: Callable[[Polling], Batches]) -> Batches:
    """Yield the batches of a load from an API; what could not be had this time is left to the next.

    Raises:
        ConfigurationError: The token is not accepted.
    """
    refusal = None
    context = poll.load.context
    try:
        yield from work(poll)
    except RequestLimitError:
        poll.is_whole = False
    except UnauthorizedError as error:
        refusal = str(error)
    except HttpError as error:
        poll.is_whole = False
        context.reject_file(poll.client.base_url, str(error), "unreachable")
    finally:
        poll.client.close()
        poll.load.count_pages()
    yield from poll.load.last_batches()
    if refusal is not None:
        raise ConfigurationError(refusal)
    if poll.is_whole and not poll.patience.is_backfill:
        context.audit.cursor_at = poll.patience.until


def listed(document: Any, member: str | None = None) -> list[dict[str, Any]]:
    """Return the objects of a list page."""
    items = document.get(member) if member and isinstance(document, dict) else document
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def pages_of(poll: Polling, url: str) -> Iterator[Answer]:
    """Yield the pages of a list that `Link` headers join; a refusal ends it and is on record."""
    for answer in poll.client.pages(url):
        poll.heard(answer)
        if not answer.is_found:
            poll.refuse(answer)
            return
        yield answer


def _path(url: str) -> str:
    return urlsplit(url).path or url


def _instant(epoch_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=epoch_us)
