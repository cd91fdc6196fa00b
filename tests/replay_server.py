"""A real HTTP server on loopback that replays a vendor's answers: pages, limits, faults.

Lists are cut into pages and linked by `Link` headers, answers carry ETags and honour
`If-None-Match`. Faults come by script (the next requests) or by seeded chance.
"""

import contextlib
import hashlib
import json
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

DEFAULT_PAGE_SIZE = 30


class FakeClock:
    """A clock that stands still but for those who sleep by it."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += seconds


@dataclass
class Reply:
    """What the server says; `items` are cut into pages, `body` is sent as it is."""

    status: int = 200
    body: Any = None
    items: list[Any] | None = None
    member: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


Route = Callable[[dict[str, str]], Reply]


class ReplayServer:
    """Serves routes until closed.

    Attributes:
        requests: (path with query, status or name of the fault) of every request, in order.
        seen_headers: Headers of every request, in order.
    """

    FAULTS = (
        "429", "403", "403 secondary", "502", "cut", "reset", "slow", "dripping", "not json",
    )  # fmt: skip

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.requests: list[tuple[str, str]] = []
        self.seen_headers: list[dict[str, str]] = []
        self.largest_page = 100
        self._routes: dict[str, Route] = {}
        self._script: deque[str | None] = deque()
        self._chance: tuple[float, random.Random, tuple[str, ...]] | None = None
        self._closing = threading.Event()
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one packet, or every answer waits for an ACK

            def do_GET(self) -> None:
                server.answer(self)

            def date_time_string(self, _: float | None = None) -> str:
                return formatdate(server.clock.now(), usegmt=True)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def route(self, path: str, answer: Route | Reply) -> None:
        """Say what a path answers."""
        self._routes[path] = answer if callable(answer) else lambda _: answer

    def paths(self) -> list[str]:
        """Give the paths that are known."""
        return list(self._routes)

    def forget(self, path: str) -> Route:
        """Let a path be unknown from now on; return what it answered."""
        return self._routes.pop(path)

    def fail_next(self, *faults: str | None) -> None:
        """Say what goes wrong with the next requests, in order; None is nothing."""
        self._script.extend(faults)

    def fail_by_chance(self, share: float, seed: int, faults: Iterable[str] = FAULTS) -> None:
        self._chance = (share, random.Random(seed), tuple(faults))

    def counts(self) -> Counter[str]:
        return Counter(outcome for _, outcome in self.requests)

    def saved_pages(self, *left_out: str) -> dict[str, dict[str, Any]]:
        """Give every answer that was given, wrapped with its address, by its path.

        Args:
            left_out: Parts of the paths whose answers are no JSON.
        """
        pages = {}
        for path, outcome in tuple(self.requests):
            if outcome == "200" and not any(part in path for part in left_out):
                with urlopen(self.url + path) as answer:
                    pages[path] = {"url": self.url + path, "body": json.loads(answer.read())}
        return pages

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        fault = self._next_fault()
        with self._lock:
            self.seen_headers.append(
                {name.lower(): value for name, value in handler.headers.items()}
            )
        if fault is None:
            status = self._reply(handler)
            outcome = str(status)
        else:
            outcome = fault
        with self._lock:
            self.requests.append((handler.path, outcome))
        if fault is not None:
            self._fail(handler, fault)

    def _next_fault(self) -> str | None:
        with self._lock:
            if self._script:
                return self._script.popleft()
            if self._chance is not None:
                share, chance, faults = self._chance
                if chance.random() < share:
                    return chance.choice(faults)
        return None

    def _reply(self, handler: BaseHTTPRequestHandler) -> int:
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query))
        route = self._routes.get(parts.path)
        reply = (
            route(query)
            if route
            else Reply(404, {"message": "Not Found", "documentation_url": "https://docs.example"})
        )
        headers = dict(reply.headers)
        body = reply.body
        if reply.items is not None:
            body = self._page(parts.path, query, reply, headers)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        status = reply.status
        if status == 200:
            etag = '"' + hashlib.sha256(content + repr(headers).encode()).hexdigest()[:20] + '"'
            headers["ETag"] = etag
            if handler.headers.get("If-None-Match") == etag:
                status, content = 304, b""
        self._send(handler, status, headers, content)
        return status

    def _page(self, path: str, query: dict[str, str], reply: Reply, headers: dict[str, str]) -> Any:
        items = reply.items or []
        size = min(int(query.get("per_page", DEFAULT_PAGE_SIZE)), self.largest_page)
        number = int(query.get("page", 1))
        start = (number - 1) * size
        if start + size < len(items):
            following = urlencode({**query, "page": number + 1})
            headers["Link"] = (
                f'<{self.url}{path}?{urlencode({**query, "page": 1})}>; rel="first", '
                f'<{self.url}{path}?{following}>; rel="next"'
            )
        part = items[start : start + size]
        if reply.member is None:
            return part
        return {"total_count": len(items), reply.member: part}

    def _fail(self, handler: BaseHTTPRequestHandler, fault: str) -> None:
        message = json.dumps({"message": "API rate limit exceeded"}).encode()
        if fault == "429":
            self._send(handler, 429, {"Retry-After": "7"}, message)
        elif fault == "403":
            reset = str(int(self.clock.now()) + 30)
            headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
            self._send(handler, 403, headers, message)
        elif fault == "403 secondary":
            text = {"message": "You have exceeded a secondary rate limit."}
            self._send(handler, 403, {}, json.dumps(text).encode())
        elif fault in ("408", "500", "502", "503"):
            self._send(handler, int(fault), {}, b"<html>Bad Gateway</html>")
        elif fault == "not json":
            self._send(handler, 200, {}, b'{"total_count": 1, "workflow_runs": [{"id"')
        elif fault == "cut":
            self._send(handler, 200, {"Content-Length": "100000"}, b'[{"id": 1')
            handler.close_connection = True
        elif fault == "reset":
            handler.close_connection = True
        elif fault == "slow":
            self._closing.wait(30)  # the client loses patience long before
            handler.close_connection = True
        elif fault == "dripping":
            self._send(handler, 200, {"Content-Length": "100000"}, b"[")
            # a client that waits for more as long as some byte comes now and then never goes on
            with contextlib.suppress(OSError):
                while not self._closing.wait(0.05):
                    handler.wfile.write(b" ")
                    handler.wfile.flush()
            handler.close_connection = True
        else:
            raise ValueError(fault)

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes
    ) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if status != 304:
            handler.wfile.write(content)
