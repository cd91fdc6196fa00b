"""A polite client for vendors' REST APIs: waits when told to, repeats what failed, counts requests.

dlt's own client repeats failed requests, but it caps the waiting that a vendor asks for, knows
neither `x-ratelimit-reset` nor `If-None-Match`, and sleeps on the machine's clock; this one stands
on `requests` alone. How long it waits is said in `http_waits`.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.http_session import CREDENTIALS, OneServerSession, parts_of, told_next
from dlt_pipelines.http_waits import backoff, is_limited, rest_after, server_time, wait_after
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.github.documents import (
    DOCUMENT_LIMIT,
    DocumentTooLargeError,
    only_document,
)
from dlt_pipelines.whole_files import appearing

_TIMEOUT_SECONDS = 60.0
_ATTEMPTS = 7
_LONGEST_WAIT_SECONDS = 3700.0  # a vendor's rate limit starts anew every hour

_OK, _SIGN_IN, _NOT_MODIFIED = 200, 203, 304
_UNAUTHORIZED, _FORBIDDEN, _TIMED_OUT, _TOO_MANY = 401, 403, 408, 429
_SERVER_ERRORS = range(500, 600)


class HttpError(Exception):
    """A request failed for good; the message is a sentence for people and holds no secret."""


class RequestLimitError(HttpError):
    """The number of requests that one load may make is used up."""


class UnauthorizedError(HttpError):
    """The vendor does not accept the token, or answers nothing at all without one."""


class _OtherFileError(Exception):
    """What came is not what the vendor says it is."""


class Clock(Protocol):
    """What the client knows of time."""

    def now(self) -> float:
        """Return seconds since 1970, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Return seconds since 1970, UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


SYSTEM_CLOCK: Clock = SystemClock()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no trouble of the line: found, unchanged, or refused for good.

    Attributes:
        url: Address that was asked, not the one it may have been redirected to.
        status: HTTP status.
        content: Body, uncompressed; empty for 304.
        etag: To ask "changed since?" next time.
        next_url: Address of the list's next page, from the header `Link`, else `told_next`.
        at: The time of the server, where it tells it.
    """

    url: str
    status: int
    content: bytes
    etag: str | None
    next_url: str | None
    at: datetime | None = None

    @property
    def is_found(self) -> bool:
        """Tell whether there is a body to read."""
        return self.status == _OK

    @property
    def is_unchanged(self) -> bool:
        """Tell whether the thing is as it was when its ETag was given."""
        return self.status == _NOT_MODIFIED

    def json(self) -> Any:
        """Return the body as JSON."""
        return only_document(self.content)


class VendorClient:
    """Reads from one server of a vendor.

    Args:
        base_url: Where relative paths start; the token is sent to this server only.
        headers: Sent with every request, besides our name.
        token: Bearer token, or None.
        request_limit: Requests that may be made, repeated ones included; None is no limit.
        clock: Tells the time and waits.
        timeout_seconds: To connect, and between two bytes.

    Raises:
        ConfigurationError: `base_url` holds a user or password. Addresses are kept beside what was
            read from them, so secrets don't belong there.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        request_limit: int | None = None,
        clock: Clock | None = None,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        if "@" in urlsplit(base_url).netloc:
            raise ConfigurationError(
                "the address of the server (`api_url`) holds a user or password; write it without, "
                "and the token into `.dlt/secrets.toml`"
            )
        self.base_url = base_url.rstrip("/")
        self.request_count = 0
        self._request_limit = request_limit
        self._clock = clock or SYSTEM_CLOCK
        self._timeout_seconds = timeout_seconds
        sent = {"User-Agent": "testops-warehouse", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        self._session = OneServerSession(sent)
        self._is_anonymous = not any(name in sent for name in CREDENTIALS)
        self._is_heard = False

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def address(self, path: str, **parameters: Any) -> str:
        """Return the whole address of a path, parameters in the order given."""
        url = urljoin(self.base_url + "/", path.lstrip("/"))
        query = urlencode({name: value for name, value in parameters.items() if value is not None})
        return f"{url}?{query}" if query else url

    def get(self, url: str, *, etag: str | None = None, attempts: int = _ATTEMPTS) -> Answer:
        """Ask for a JSON document.

        Args:
            url: Whole address on the server of this client.
            etag: ETag of the version that is known.
            attempts: How often at most.

        Returns:
            The answer; a refusal such as 404 or 410 is one, too.

        Raises:
            HttpError: The server could not be reached, or went on failing.
            RequestLimitError: No request is left.
            UnauthorizedError: The token is not accepted; or there is none, and this is the first
                thing that is asked for.
        """
        headers = {"If-None-Match": etag} if etag else {}
        for attempt in range(attempts):
            reason, wait = self._try(url, headers, attempt)
            if isinstance(reason, Answer):
                return reason
            self._wait(url, reason, wait, attempt, attempts)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def pages(self, url: str) -> Iterator[Answer]:
        """Ask for the pages of a list, one after the other; a refusal ends it as its last answer.

        Raises:
            HttpError: As `get`; or the list leads in a circle or to another server.
        """
        seen = set()
        next_url: str | None = url
        while next_url:
            if next_url in seen:
                raise HttpError(f"the pages of `{_path(url)}` lead in a circle")
            seen.add(next_url)
            answer = self.get(next_url)
            yield answer
            next_url = answer.next_url

    def download(self, url: str, target: Path, *, size_limit: int, sha256: str | None) -> Answer:
        """Download a file; it appears under its name when it is whole, or not at all.

        Args:
            url: Whole address on the server of this client; it may redirect to another one.
            target: Where the file goes.
            size_limit: Bytes beyond which it is given up.
            sha256: What the vendor says its hash is, or None.

        Returns:
            The answer without body.

        Raises:
            HttpError: As `get`; or the file is larger than the limit.
        """
        for attempt in range(_ATTEMPTS):
            reason, wait = self._try_download(url, target, size_limit, sha256, attempt)
            if isinstance(reason, Answer):
                return reason
            self._wait(url, reason, wait, attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _try(
        self, url: str, headers: Mapping[str, str], attempt: int
    ) -> tuple[Answer | str, float]:
        """Ask once; return the answer, or what went wrong and how long to wait."""
        try:
            with self._request(url, headers) as response:
                trouble = self._trouble(response, url, attempt)
                if trouble is not None:
                    return trouble
                content = b"".join(self._parts(response, DOCUMENT_LIMIT))
                if response.status_code == _OK and not _is_json(content):
                    kind = response.headers.get("Content-Type") or "nothing of its kind"
                    reason = f"the answer is cut off or no JSON (its header says {kind[:80]})"
                    return reason, backoff(attempt)
                if rest := rest_after(response, self._clock.now()):
                    self._clock.sleep(min(rest, _LONGEST_WAIT_SECONDS))
                return _answer(url, response, content), 0.0
        except DocumentTooLargeError as error:
            raise HttpError(f"`{_path(url)}` answers too much: {error.reason}") from error
        except (requests.RequestException, ValueError) as error:
            return f"the connection failed: {type(error).__name__}", backoff(attempt)

    def _try_download(
        self, url: str, target: Path, size_limit: int, sha256: str | None, attempt: int
    ) -> tuple[Answer | str, float]:
        try:
            with self._request(url, {}) as response:
                trouble = self._trouble(response, url, attempt)
                if trouble is not None:
                    return trouble
                answer = _answer(url, response, b"")
                if answer.is_found:
                    with appearing(target) as file:
                        _copy(self._parts(response, size_limit), file, sha256)
                return answer, 0.0
        except requests.RequestException as error:
            return f"the connection failed: {type(error).__name__}", backoff(attempt)
        except _OtherFileError:
            return "the file is not the one whose hash the vendor gives", backoff(attempt)

    def _request(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise HttpError(f"`{_path(url)}` is on another server than `{self.base_url}`")
        if self._request_limit is not None and self.request_count >= self._request_limit:
            raise RequestLimitError(
                f"the {self._request_limit} requests that one load may make are used up; the next "
                "load goes on from here"
            )
        self.request_count += 1
        return self._session.get(
            url, headers=dict(headers), timeout=self._timeout_seconds, stream=True
        )

    def _parts(self, response: requests.Response, size_limit: int) -> Iterator[bytes]:
        """Yield the body as it comes; one that is too large, or does not come on, is given up."""
        size = 0
        for part in parts_of(response, self._timeout_seconds):
            size += len(part)
            if size > size_limit:
                raise HttpError(f"`{_path(str(response.url))}` has more than {size_limit} bytes")
            yield part

    def _trouble(
        self, response: requests.Response, url: str, attempt: int
    ) -> tuple[str, float] | None:
        """Return what a status says is wrong for now, and how long to wait; None for an answer."""
        status = response.status_code
        # Azure DevOps shows the page where people sign in to whom it does not know
        if status in (_UNAUTHORIZED, _SIGN_IN) and not (self._is_anonymous and self._is_heard):
            raise UnauthorizedError(
                f"`{self.base_url}` does not accept the token ({status} for `{_path(url)}`); "
                "give one that is valid and may read the repository"
            )
        if status == _TOO_MANY or (status == _FORBIDDEN and is_limited(response)):
            wait = wait_after(response, attempt, self._clock.now(), 4)
            return f"the rate limit is used up ({status})", wait
        if status in _SERVER_ERRORS or status == _TIMED_OUT:
            wait = wait_after(response, attempt, self._clock.now())
            return f"the server failed ({status})", wait
        # vendors who show public things to anybody keep some of them, such as archives, for users
        self._is_heard |= status in (_OK, _NOT_MODIFIED)
        return None

    def _wait(
        self, url: str, reason: str, seconds: float, attempt: int, attempts: int = _ATTEMPTS
    ) -> None:
        if attempt == attempts - 1:
            times = "once" if attempts == 1 else f"{attempts} times"
            raise HttpError(f"`{_path(url)}` was asked {times} in vain: {reason}")
        if seconds > _LONGEST_WAIT_SECONDS:
            raise HttpError(f"`{_path(url)}`: {reason}; the vendor asks to wait {seconds:.0f} s")
        self._clock.sleep(seconds)


def _is_json(content: bytes) -> bool:
    try:
        only_document(content)
    except DocumentTooLargeError:
        raise
    except ParseError:
        return False
    return True


def _answer(url: str, response: requests.Response, content: bytes) -> Answer:
    return Answer(
        url=url,
        status=response.status_code,
        content=content,
        etag=response.headers.get("ETag"),
        next_url=response.links.get("next", {}).get("url") or told_next(url, response.headers),
        at=server_time(response),
    )


def _copy(parts: Iterable[bytes], file: BinaryIO, sha256: str | None) -> None:
    """Write what comes to a file."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
        file.write(part)
    if sha256 not in (None, digest.hexdigest()):
        raise _OtherFileError


def _path(url: str) -> str:
    """Return an address without its parameters: short, and free of secrets."""
    return urlsplit(url).path or url
