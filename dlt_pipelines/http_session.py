"""A session of `requests` that tells its secrets to one server, and no secret but its own."""

import time
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
import urllib3

CREDENTIALS = ("Authorization", "Circle-Token")
"""Headers that open a server."""
_NEXT = {"x-next-page": "page", "x-ms-continuationtoken": "continuationToken"}
"""Headers that tell of the next page of a list, and the parameter that asks for it."""

_MOST_REDIRECTS = 5
_CHUNK_BYTES = 1 << 16
_SLOWEST_BYTES_PER_SECOND = 1_000


class OneServerSession(requests.Session):
    """Sends the headers it was given and nothing that the machine knows of the server.

    `requests` would let a line of `.netrc` take the place of the token, and hand on to another
    server every header but `Authorization`, wherever the first one redirects to.

    Args:
        headers: Sent with every request.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.headers.update(headers)
        self.auth = _as_it_is
        self.max_redirects = _MOST_REDIRECTS

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Take what opens the first server off a request that goes on to another one."""
        if self.should_strip_auth(str(response.request.url), str(prepared_request.url)):
            for name in CREDENTIALS:
                prepared_request.headers.pop(name, None)


def parts_of(response: requests.Response, patience_seconds: float) -> Iterator[bytes]:
    """Yield the body of a streamed answer as it comes, uncompressed.

    The timeout of a socket starts anew with every byte, so that a server which drops one now and
    then would be waited for without end.

    Args:
        response: The answer, of which nothing was read.
        patience_seconds: After this time a body that comes slower than by a modem is given up.

    Raises:
        requests.RequestException: The body is cut off, damaged, or too slow.
    """
    started, size = time.monotonic(), 0
    try:
        while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            size += len(part)
            waited = time.monotonic() - started
            if waited > patience_seconds and size < waited * _SLOWEST_BYTES_PER_SECOND:
                raise requests.Timeout(f"{size} bytes came in {waited:.0f} seconds")
            yield part
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(str(error)) from error


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def told_next(url: str, headers: Mapping[str, str]) -> str | None:
    """Return the address of the next page where only its number or a token for it is told."""
    for header, parameter in _NEXT.items():
        told = headers.get(header, "").strip()
        if told:
            parts = urlsplit(url)
            pairs = parse_qsl(parts.query, keep_blank_values=True)
            query = [pair for pair in pairs if pair[0] != parameter]
            return parts._replace(query=urlencode([*query, (parameter, told)])).geturl()
    return None
