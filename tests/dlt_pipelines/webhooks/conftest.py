"""A receiver on loopback, and senders who know its secrets."""

import base64
import hashlib
import hmac
import http.client
import json
import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from dlt_pipelines.webhooks.app import Receiver
from dlt_pipelines.webhooks.landing import Landing
from dlt_pipelines.webhooks.limits import Limits
from dlt_pipelines.webhooks.server import make_server

SECRET = "a-secret-of-the-tests"
OLD_SECRET = "the-one-before-this-one"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"a-signing-key-of-the-tests").decode()
SECRETS = {
    "github": (SECRET, OLD_SECRET),
    "gitlab": (SECRET, SIGNING_SECRET),
    "buildkite": (SECRET,),
    "circleci": (SECRET,),
    "pagerduty": (SECRET,),
    "opsgenie": (SECRET,),
    "jenkins": (SECRET,),
    "azure_devops": (SECRET,),
}
LIMITS = Limits(
    body_bytes=100_000,
    held_bytes=150_000,
    body_seconds=0.3,
    connection_seconds=0.6,
    rate_per_second=1e6,
    burst=1_000_000,
)


def hub_signature(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Sender:
    """Sends to a receiver, and looks at what it kept."""

    def __init__(self, port, folder):
        self.port = port
        self.folder = folder
        self.count = 0

    def send(self, vendor, body, headers, method="POST", path=None):
        """Give status, headers and document of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {"Content-Type": "application/json", **headers}
        connection.request(method, path or f"/webhooks/{vendor}", body, sent)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, json.loads(text) if text else None

    def github(self, body=b'{"action": "completed"}', event="workflow_run", **headers):
        self.count += 1
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(
            "github",
            body,
            {
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": f"d-{self.count}",
                "X-Hub-Signature-256": hub_signature(body),
                **named,
            },
        )

    def raw(self, content):
        """Give what comes back on a bare connection until the server ends it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(content)
            return read_all(connection)

    def kept(self, vendor="github"):
        """Give the deliveries on the disk in the order they came."""
        return [
            json.loads(path.read_bytes())
            for path in sorted((self.folder / vendor).glob("*/*.json"))
        ]

    def leftovers(self):
        return [path for path in self.folder.rglob(".part-*") if path.is_file()]


def read_all(connection):
    parts = []
    while True:
        try:
            part = connection.recv(65_536)
        except ConnectionResetError:
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)


@pytest.fixture
def serve(tmp_path):
    """Start receivers with limits of their own; they share one folder."""
    running = []

    def serving(limits=LIMITS, secrets=SECRETS):
        folder = tmp_path / "webhooks"
        landing = Landing(folder, datetime.now(UTC))
        server = make_server(Receiver(landing, secrets, limits), limits, "127.0.0.1", 0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            thread.join(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        return Sender(port, folder)

    yield serving
    for server, thread in running:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)


@pytest.fixture
def sender(serve):
    return serve()
