"""A session of `requests` that tells its secrets to one server, and no secret but its own."""

from collections.abc import Mapping

import requests

CREDENTIALS = ("Authorization", "Circle-Token")
"""Headers that open a server."""


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

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Take what opens the first server off a request that goes on to another one."""
        if self.should_strip_auth(str(response.request.url), str(prepared_request.url)):
            for name in CREDENTIALS:
                prepared_request.headers.pop(name, None)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
