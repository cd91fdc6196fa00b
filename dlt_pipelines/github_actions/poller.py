"""One repository being polled: answers in, rows and ledger entries out."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from dlt_pipelines.context import LoadContext
from dlt_pipelines.github_actions.collector import Collector, Page
from dlt_pipelines.github_actions.ledger import Ledger
from dlt_pipelines.http import Answer, HttpError, RequestLimitError, UnauthorizedError, VendorClient
from dlt_pipelines.parsers.github import Reader

Batches = Iterator[tuple[str, pa.Table]]

PAGE_SIZE = 100
GONE = (404, 410)
FAILURES_IN_A_ROW = 5
_ATTEMPTS_AFTER_FAILURES = 2


class Poller:
    """Asks for the things of one repository.

    Attributes:
        repository: Its `owner/name` as the vendor says it today.
        ledger: What the destination knows of it.
        collector: Takes the rows.
        is_whole: False once something could not be had, so that a later load must ask again.
        archive_failures: Archives in a row that could not be had.
    """

    def __init__(
        self, context: LoadContext, client: VendorClient, collector: Collector, repository: str
    ) -> None:
        self.context = context
        self.client = client
        self.collector = collector
        self.repository = repository
        self.ledger = Ledger(context, urlsplit(client.address("repos/")).path)
        self.is_whole = True
        self.archive_failures = 0
        self._failures = 0

    def url(self, path: str = "", **parameters: Any) -> str:
        """Return the address of something of this repository."""
        return self.client.address(f"repos/{self.repository}{path}", **parameters)

    def path(self, url: str) -> str:
        """Return the part of an address by which the ledger knows it."""
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def get(self, url: str, *, etag: str | None = None) -> Answer:
        """Ask for one page and count it.

        Raises:
            HttpError: It could not be had.
        """
        answer = self.client.get(url, etag=etag)
        self._check_there(answer)
        audit = self.context.audit
        audit.seen_count += 1
        audit.byte_count += len(answer.content)
        audit.unchanged_count += answer.is_unchanged
        return answer

    def list_pages(self, url: str) -> list[Answer]:
        """Return all pages of a list.

        Raises:
            HttpError: A page could not be had.
        """
        pages = []
        for answer in self.client.pages(url):
            self.context.audit.seen_count += 1
            self.context.audit.byte_count += len(answer.content)
            pages.append(answer)
            self._check_there(answer)
        return pages

    def _check_there(self, answer: Answer) -> None:
        """Tell something that is gone from a repository that is gone with everything in it.

        A repository may come back, when the token may read it again; and then everything is asked
        for as if nothing had been refused.
        """
        is_part = answer.url != self.url()
        if answer.status in GONE and is_part and not self.client.get(self.url()).is_found:
            raise HttpError(
                f"`{self.repository}` was deleted, or the token may no longer read it "
                f"(status {answer.status})"
            )

    def emit(self, answer: Answer, document: Any = None, *, etag: str | None = None) -> None:
        """Hand the rows of an answer to the collector, and enter the page into the ledger.

        Args:
            answer: What came.
            document: The part of it that counts; by default all.
            etag: Its ETag, when everything that hangs on the page was read, too.
        """
        path = self.path(answer.url)
        if not answer.is_found:
            self.refuse(answer)
            return
        reader = Reader(self.collector, path)
        self.collector.start(path)
        reader.read(answer.json() if document is None else document)
        self.collector.finish(self.entry(answer, etag), reader.report, answer.content)

    def entry(self, answer: Answer, etag: str | None = None) -> Page:
        """Return the ledger's entry of an answer."""
        return Page(
            source_file=self.path(answer.url),
            content_sha256=hashlib.sha256(answer.content).hexdigest(),
            size_bytes=len(answer.content),
            etag=etag,
            next_page=self.path(answer.next_url) if answer.next_url else None,
        )

    def refuse(self, answer: Answer) -> None:
        """Record that the vendor will not give something; what is gone is not asked for again."""
        path = self.path(answer.url)
        reason = f"the vendor refuses it with status {answer.status}"
        self.context.reject_file(path, reason, f"http_{answer.status}")
        if answer.status in GONE:
            self.collector.enter_page(Page(path, None, len(answer.content)), error=reason)
        else:
            self.is_whole = False

    def are_all_found(self, answers: Iterable[Answer]) -> bool:
        """Tell whether a list was read to its end, and record what was refused."""
        refused = [answer for answer in answers if not answer.is_found]
        for answer in refused:
            self.is_whole = False
            reason = f"the vendor refuses the list with status {answer.status}"
            self.context.reject_file(self.path(answer.url), reason, f"http_{answer.status}")
        return not refused

    def fetch(self, url: str) -> bool:
        """Ask for a list or an object and hand on its rows; tell whether that went well."""
        pages = self.fetched(url)
        for answer in pages or ():
            self.emit(answer)
        return pages is not None

    def fetched(self, url: str) -> list[Answer] | None:
        """Ask for the pages of a list or an object; None when it could not be had.

        One thing that can't be had does not stop the others; several in a row, and a server that
        does not tell of the repository either, are a server that is down: then the error goes up.
        """
        try:
            pages = self.list_pages(url)
        except (RequestLimitError, UnauthorizedError):
            raise
        except HttpError as error:
            self.fail(url, error)
            return None
        self._failures = 0
        return pages

    def fail(self, url: str, error: HttpError) -> None:
        """Record that something could not be had this time."""
        self.is_whole = False
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW and not self._is_answering():
            raise error
        self.context.reject_file(self.path(url), str(error), "unreachable")

    def _is_answering(self) -> bool:
        """Tell whether the server still tells of the repository."""
        try:
            answer = self.client.get(self.url(), attempts=_ATTEMPTS_AFTER_FAILURES)
        except (RequestLimitError, UnauthorizedError):
            raise
        except HttpError:
            return False
        return answer.is_found

    def batches(self) -> Batches:
        """Yield what is worth a batch."""
        yield from self.collector.full_batches()
