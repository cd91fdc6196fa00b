"""The ASGI application: from a request to a delivery on the disk, or to a refusal."""

import asyncio
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from dlt_pipelines.parsers.github.documents import DocumentTooLargeError, decoded
from dlt_pipelines.webhooks.landing import Landing
from dlt_pipelines.webhooks.limits import Limits, Rate
from dlt_pipelines.webhooks.vendors import VENDORS, Vendor

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PREFIX = "/webhooks/"
_HEALTH = "/health"
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_BUSY_SECONDS = 5
_ONCE = ("content-length", "content-type", "content-encoding")

_log = logging.getLogger("testops.webhooks")


class Refusal(Exception):  # noqa: N818 - an answer, no error
    """A request that gets no further; the message is for its sender.

    Args:
        status: Status of the answer.
        message: What is wrong, without anything secret.
        headers: Further headers of the answer.
    """

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Gone(Exception):  # noqa: N818
    """The sender hung up before the body was whole."""


class Receiver:
    """Takes deliveries of those vendors for which there is a secret.

    Args:
        landing: Where deliveries are kept.
        secrets: Secrets by vendor; each delivery must fit one of them.
        limits: What is put up with.
    """

    def __init__(
        self, landing: Landing, secrets: Mapping[str, Sequence[str]], limits: Limits
    ) -> None:
        self._landing = landing
        self._secrets = {vendor: tuple(found) for vendor, found in secrets.items()}
        self._limits = limits
        self._rate = Rate(limits.rate_per_second, limits.burst, time.monotonic)
        self._held_bytes = 0
        # one thread: the landing folder has one writer, and the loop never waits for the disk
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="landing")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            status, answer = await self._answer(scope, receive)
            headers: Mapping[str, str] = {}
        except Refusal as refusal:
            status, answer = refusal.status, {"error": str(refusal)}
            # what was not read of the body must not be taken for the next request
            headers = {"connection": "close", **refusal.headers}
            _log.warning("%s %s: %s", status, _printable(scope["path"]), refusal)
        except Gone:
            return
        body = json.dumps(answer).encode()
        lines = {"content-type": _JSON, "content-length": str(len(body)), **headers}
        pairs = [(name.encode(), value.encode()) for name, value in lines.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        is_head = scope["method"] == "HEAD"
        await send({"type": "http.response.body", "body": b"" if is_head else body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, str]]:
        path, method = scope["path"], scope["method"]
        if path == _HEALTH:
            if method not in {"GET", "HEAD"}:
                raise Refusal(405, "use GET", allow="GET, HEAD")
            if not self._landing.has_room():
                raise Refusal(503, "the disk is nearly full")
            return 200, {"status": "ok"}
        name = path.removeprefix(_PREFIX)
        if not path.startswith(_PREFIX) or name not in self._secrets:
            raise Refusal(404, "there is nothing here")
        if method != "POST":
            raise Refusal(405, "use POST", allow="POST")
        vendor = VENDORS[name]
        headers = _headers(scope["headers"], vendor)
        self._check_rate(scope, name)
        is_form = _is_form(headers, vendor)
        content = await self._body(headers, receive)
        if not vendor.check(headers, content, self._secrets[name], time.time()):
            raise Refusal(401, "the signature or token is missing or wrong")
        return await self._keep(vendor, headers, _form_payload(content) if is_form else content)

    def _check_rate(self, scope: Scope, vendor: str) -> None:
        client = scope.get("client")
        wait = self._rate.wait_seconds(f"{vendor} {client[0] if client else ''}")
        if wait:
            raise Refusal(429, "too many deliveries", retry_after=str(math.ceil(wait)))

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        limit = self._limits.body_bytes
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            raise Refusal(413, f"more than {limit} bytes")
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    part = message.get("body", b"")
                    size += len(part)
                    self._held_bytes += len(part)
                    parts.append(part)
                    if size > limit:
                        raise Refusal(413, f"more than {limit} bytes")
                    if self._held_bytes > self._limits.held_bytes:
                        raise Refusal(503, "busy", retry_after=str(_BUSY_SECONDS))
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise Refusal(408, "the body did not come in time") from None
        finally:
            self._held_bytes -= size

    async def _keep(
        self, vendor: Vendor, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, dict[str, str]]:
        try:
            body = decoded(content)
        except DocumentTooLargeError as error:
            raise Refusal(413, error.reason) from None
        except ValueError:
            raise Refusal(400, "the body is no JSON") from None
        if not isinstance(body, dict):
            raise Refusal(400, "the body is no JSON object")
        event = vendor.event_of(headers, body)
        if event is None:
            raise Refusal(400, f"`{vendor.event_header}` is missing or no name")
        if event == "ping":
            return 200, {"status": "pong"}
        delivery_id = vendor.delivery_id(headers, content)
        received_at = datetime.now(UTC)
        try:
            is_new = await asyncio.get_running_loop().run_in_executor(
                self._writer,
                self._landing.store,
                vendor.name,
                event,
                delivery_id,
                received_at,
                content,
            )
        except OSError as error:
            _log.error("a delivery could not be kept: %s", error.strerror or error)
            raise Refusal(
                503, "the delivery could not be kept; send it again", retry_after="60"
            ) from None
        if not is_new:
            return 200, {"status": "duplicate", "delivery_id": delivery_id}
        _log.info("kept %s %s %s, %d bytes", vendor.name, event, delivery_id, len(content))
        return 202, {"status": "stored", "delivery_id": delivery_id}


def _headers(pairs: Sequence[tuple[bytes, bytes]], vendor: Vendor) -> dict[str, str]:
    """Return the headers by lower-case name; one that decides something must not come twice."""
    headers: dict[str, str] = {}
    for name_bytes, value in pairs:
        name = name_bytes.decode("latin-1").lower()
        if name in headers and name in (*vendor.read_once, *_ONCE):
            raise Refusal(400, f"the header `{name}` came twice")
        headers[name] = value.decode("latin-1")
    return headers


def _is_form(headers: Mapping[str, str], vendor: Vendor) -> bool:
    """Tell whether the JSON comes in a form; refuse what is neither."""
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "send the body as it is, without an encoding")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _FORM and vendor.takes_forms:
        return True
    if kind != _JSON:
        raise Refusal(415, f"send the body as {_JSON}")
    return False


def _form_payload(content: bytes) -> bytes:
    try:
        fields = parse_qs(content.decode(), strict_parsing=True, max_num_fields=10)
    except ValueError:
        raise Refusal(400, "the form can't be read") from None
    payload = fields.get("payload", [])
    if len(payload) != 1:
        raise Refusal(400, "the form has no field `payload`, or several")
    return payload[0].encode()


def _printable(path: str) -> str:
    """Return a path for the log: short, and without line breaks of a sender's making."""
    return ascii(path[:100])
