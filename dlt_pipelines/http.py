"""A polite client for vendors' REST APIs: waits when told to, repeats what failed, counts requests.

dlt's own client repeats failed requests, but it caps the waiting that a vendor asks for, knows
neither `x-ratelimit-reset` nor `If-None-Match`, and sleeps on the machine's clock; this one stands
on `requests` alone. Waiting follows GitHub's "Best practices for using the REST API": `Retry-After`
first, then `x-ratelimit-reset` (GitLab: `RateLimit-Reset`) when nothing is left, else exponential
backoff. GitHub and GitLab write that reset as a time, Buildkite and PagerDuty as the seconds until
then; Buildkite has a second limit, of the token's user (`RateLimit-User-Reset`).
"""

import contextlib
import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import orjson
import requests

from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.http_session import CREDENTIALS, OneServerSession
from dlt_pipelines.whole_files import appearing

_TIMEOUT_SECONDS = 60.0
_ATTEMPTS = 7
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_BACKOFF_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 3700.0  # a vendor's rate limit starts anew every hour
_CHUNK_BYTES = 1 << 16
_FIRST_TIME = 1_000_000_000  # a reset below this counts seconds from now; above, it is a time
_LIMITS = ("", "user-")

_OK, _NOT_MODIFIED = 200, 304
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
        next_url: Address of the list's next page, from the header `Link`, else `x-next-page`.
    """

    url: str
    status: int
    content: bytes
    etag: str | None
    next_url: str | None

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
        return orjson.loads(self.content)


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
            with self._request(url, headers, stream=False) as response:
                trouble = self._trouble(response, url, attempt)
                if trouble is not None:
                    return trouble
                if response.status_code == _OK:
                    orjson.loads(response.content)
                return _answer(url, response, response.content), 0.0
        except requests.RequestException as error:
            return f"the connection failed: {type(error).__name__}", _backoff(attempt)
        except ValueError:
            return "the answer is cut off or no JSON", _backoff(attempt)

    def _try_download(
        self, url: str, target: Path, size_limit: int, sha256: str | None, attempt: int
    ) -> tuple[Answer | str, float]:
        try:
            with self._request(url, {}, stream=True) as response:
                trouble = self._trouble(response, url, attempt)
                if trouble is not None:
                    return trouble
                answer = _answer(url, response, b"")
                if answer.is_found:
                    with appearing(target) as file:
                        _copy(response, file, size_limit, sha256)
                return answer, 0.0
        except requests.RequestException as error:
            return f"the connection failed: {type(error).__name__}", _backoff(attempt)
        except _OtherFileError:
            return "the file is not the one whose hash the vendor gives", _backoff(attempt)

    def _request(self, url: str, headers: Mapping[str, str], *, stream: bool) -> requests.Response:
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise HttpError(f"`{_path(url)}` is on another server than `{self.base_url}`")
        if self._request_limit is not None and self.request_count >= self._request_limit:
            raise RequestLimitError(
                f"the {self._request_limit} requests that one load may make are used up; the next "
                "load goes on from here"
            )
        self.request_count += 1
        return self._session.get(
            url, headers=dict(headers), timeout=self._timeout_seconds, stream=stream
        )

    def _trouble(
        self, response: requests.Response, url: str, attempt: int
    ) -> tuple[str, float] | None:
        """Return what a status says is wrong for now, and how long to wait; None for an answer."""
        status = response.status_code
        if status == _UNAUTHORIZED and not (self._is_anonymous and self._is_heard):
            raise UnauthorizedError(
                f"`{self.base_url}` does not accept the token (401 for `{_path(url)}`); "
                "give one that is valid and may read the repository"
            )
        if status == _TOO_MANY or (status == _FORBIDDEN and _is_limited(response)):
            wait = self._asked_wait(response)
            return f"the rate limit is used up ({status})", _backoff(
                attempt, 4
            ) if wait is None else wait
        if status in _SERVER_ERRORS or status == _TIMED_OUT:
            wait = self._asked_wait(response)
            return f"the server failed ({status})", _backoff(attempt) if wait is None else wait
        # vendors who show public things to anybody keep some of them, such as archives, for users
        self._is_heard |= status in (_OK, _NOT_MODIFIED)
        return None

    def _asked_wait(self, response: requests.Response) -> float | None:
        """Return the seconds that the vendor asks to wait, or None."""
        after = response.headers.get("Retry-After", "").strip()
        if _is_count(after):
            return float(after)
        if after:
            with contextlib.suppress(ValueError, TypeError):
                return max(parsedate_to_datetime(after).timestamp() - self._now(response), 0.0)
        resets = [
            _limit_header(response, f"{limit}reset")
            for limit in _LIMITS
            if _limit_header(response, f"{limit}remaining") == "0"
        ]
        waits = [
            self._seconds_until(float(reset), response) for reset in resets if _is_count(reset)
        ]
        # a second more, because the header is cut to whole seconds
        return max(waits) + 1.0 if waits else None

    def _seconds_until(self, reset: float, response: requests.Response) -> float:
        return max(reset - self._now(response), 0.0) if reset >= _FIRST_TIME else reset

    def _now(self, response: requests.Response) -> float:
        """Return the time of the server, whose clock its limits go by."""
        with contextlib.suppress(ValueError, TypeError):
            return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
        return self._clock.now()

    def _wait(
        self, url: str, reason: str, seconds: float, attempt: int, attempts: int = _ATTEMPTS
    ) -> None:
        if attempt == attempts - 1:
            times = "once" if attempts == 1 else f"{attempts} times"
            raise HttpError(f"`{_path(url)}` was asked {times} in vain: {reason}")
        if seconds > _LONGEST_WAIT_SECONDS:
            raise HttpError(f"`{_path(url)}`: {reason}; the vendor asks to wait {seconds:.0f} s")
        self._clock.sleep(seconds)


def _answer(url: str, response: requests.Response, content: bytes) -> Answer:
    return Answer(
        url=url,
        status=response.status_code,
        content=content,
        etag=response.headers.get("ETag"),
        next_url=response.links.get("next", {}).get("url") or _numbered_next(url, response),
    )


def _copy(response: requests.Response, file: BinaryIO, size_limit: int, sha256: str | None) -> None:
    """Write what comes to a file."""
    digest, size = hashlib.sha256(), 0
    for chunk in response.iter_content(_CHUNK_BYTES):
        size += len(chunk)
        if size > size_limit:
            raise HttpError(f"`{_path(str(response.url))}` has more than {size_limit} bytes")
        digest.update(chunk)
        file.write(chunk)
    if sha256 not in (None, digest.hexdigest()):
        raise _OtherFileError


def _numbered_next(url: str, response: requests.Response) -> str | None:
    """Return the address of the next page where only its number is told."""
    number = response.headers.get("x-next-page", "").strip()
    if not number.isdigit():
        return None
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "page"]
    return parts._replace(query=urlencode([*query, ("page", number)])).geturl()


def _limit_header(response: requests.Response, name: str) -> str:
    """Return what is said about the rate limit; vendors differ in the name of the header."""
    headers = response.headers
    return str(headers.get(f"x-ratelimit-{name}") or headers.get(f"ratelimit-{name}") or "").strip()


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_limited(response: requests.Response) -> bool:
    """Tell a 403 that means "later" from one that means "never"."""
    if response.headers.get("Retry-After"):
        return True
    if _limit_header(response, "remaining") == "0":
        return True
    return "rate limit" in response.text[:2000].lower()


def _backoff(attempt: int, factor: int = 1) -> float:
    return min(_FIRST_WAIT_SECONDS * factor * 2**attempt, _LONGEST_BACKOFF_SECONDS)


def _path(url: str) -> str:
    """Return an address without its parameters: short, and free of secrets."""
    return urlsplit(url).path or url
