"""The receiver keeps what it should, refuses the rest, and is not held up by anybody."""

import base64
import errno
import json
import os
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from tests.dlt_pipelines.webhooks.conftest import (
    LIMITS,
    OLD_SECRET,
    SECRET,
    hub_signature,
    read_all,
)

BODY = b'{"action": "completed",  "number": 1}'


def request(*lines, body=b"", length=None):
    head = ["POST /webhooks/github HTTP/1.1", "Host: x", "Content-Type: application/json", *lines]
    if length is None and not any(line.lower().startswith("transfer") for line in lines):
        length = len(body)
    if length is not None:
        head.append(f"Content-Length: {length}")
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def signed_lines(body, delivery="raw-1"):
    return (
        f"X-Hub-Signature-256: {hub_signature(body)}",
        "X-GitHub-Event: push",
        f"X-GitHub-Delivery: {delivery}",
    )


def test_a_delivery_is_kept_as_it_came(sender):
    status, _, answer = sender.github(BODY)
    assert (status, answer["status"]) == (202, "stored")
    (kept,) = sender.kept()
    assert kept.pop("received_at").endswith("+00:00")
    assert kept == {
        "vendor": "github",
        "event": "workflow_run",
        "delivery_id": "d-1",
        "body": json.loads(BODY),
    }
    (path,) = sender.folder.glob("github/*/*.json")
    assert path.read_bytes().endswith(b'"body":' + BODY + b"}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_delivery_twice_is_one_file(sender, serve):
    assert sender.github(BODY, X_GitHub_Delivery="same")[0] == 202
    status, _, answer = sender.github(BODY, X_GitHub_Delivery="same")
    assert (status, answer["status"]) == (200, "duplicate")
    after_a_restart = serve()
    assert after_a_restart.github(BODY, X_GitHub_Delivery="same")[0] == 200
    assert len(sender.kept()) == 1


def test_the_same_delivery_many_times_at_once_is_one_file(sender):
    with ThreadPoolExecutor(8) as senders:
        found = list(
            senders.map(lambda _: sender.github(BODY, X_GitHub_Delivery="same")[0], range(32))
        )
    assert sorted(found) == [200] * 31 + [202]
    assert len(sender.kept()) == 1


def test_each_secret_of_several_is_good(sender):
    signature = hub_signature(BODY, OLD_SECRET)
    assert sender.github(BODY, X_Hub_Signature_256=signature)[0] == 202


def test_a_ping_is_answered_and_not_kept(sender):
    status, _, answer = sender.github(b'{"zen": "Design for failure."}', event="ping")
    assert (status, answer) == (200, {"status": "pong"})
    assert sender.kept() == []


def test_gitlab_and_buildkite_have_folders_of_their_own(sender):
    gitlab = {"X-Gitlab-Token": SECRET, "X-Gitlab-Event": "Pipeline Hook", "Idempotency-Key": "k"}
    assert sender.send("gitlab", BODY, gitlab)[0] == 202
    assert sender.send("gitlab", BODY, gitlab)[0] == 200
    buildkite = {"X-Buildkite-Token": SECRET}
    body = b'{"event": "build.finished"}'
    assert sender.send("buildkite", body, buildkite)[0] == 202
    assert sender.send("buildkite", body, buildkite)[0] == 200
    assert [kept["event"] for kept in sender.kept("gitlab")] == ["Pipeline Hook"]
    assert [kept["event"] for kept in sender.kept("buildkite")] == ["build.finished"]


def test_circleci_names_its_event_in_a_header_else_in_the_body(sender):
    body = b'{"type": "job-completed", "id": "1"}'
    headers = {"Circleci-Signature": hub_signature(body).replace("sha256", "v1")}
    named = {**headers, "Circleci-Event-Type": "workflow-completed"}
    assert [sender.send("circleci", body, named)[0] for _ in range(2)] == [202, 200]
    assert [kept["event"] for kept in sender.kept("circleci")] == ["workflow-completed"]
    ping = {**headers, "Circleci-Event-Type": "ping"}
    assert sender.send("circleci", body, ping)[2] == {"status": "pong"}
    other = body.replace(b"1", b"2")
    signed = {"Circleci-Signature": hub_signature(other).replace("sha256", "v1")}
    assert sender.send("circleci", other, signed)[0] == 202
    assert [kept["event"] for kept in sender.kept("circleci")][1:] == ["job-completed"]
    assert sender.send("circleci", other + b" ", signed)[0] == 401


def test_opsgenie_names_its_action_in_the_body(sender):
    body = b'{"action": "Create", "alert": {"alertId": "a"}}'
    headers = {"X-Opsgenie-Token": SECRET}
    assert [sender.send("opsgenie", body, headers)[0] for _ in range(2)] == [202, 200]
    assert [kept["event"] for kept in sender.kept("opsgenie")] == ["Create"]
    assert sender.send("opsgenie", body, {"X-Opsgenie-Token": SECRET + "x"})[0] == 401


def test_pagerduty_names_its_event_in_the_body_and_a_repeat_is_known_by_it(sender):
    body = b'{"event": {"id": "E1", "event_type": "incident.triggered", "data": {}}}'
    given = "v1=" + hub_signature(body).removeprefix("sha256=")
    headers = {"X-PagerDuty-Signature": f"v1={'0' * 64},{given}", "X-Webhook-Id": "w1"}
    assert [sender.send("pagerduty", body, headers)[0] for _ in range(2)] == [202, 200]
    assert [kept["event"] for kept in sender.kept("pagerduty")] == ["event"]
    assert sender.send("pagerduty", body + b" ", headers)[0] == 401


def test_an_event_of_azure_devops_is_named_in_its_body(sender):
    password = base64.b64encode(f"hooks:{SECRET}".encode()).decode()
    headers = {"Authorization": f"Basic {password}"}
    body = b'{"eventType": "ms.vss-pipelines.run-state-changed-event", "resource": {}}'
    assert [sender.send("azure_devops", body, headers)[0] for _ in range(2)] == [202, 200]
    [kept] = sender.kept("azure_devops")
    assert kept["event"] == "ms.vss-pipelines.run-state-changed-event"
    assert sender.send("azure_devops", b"{}", headers)[0] == 400
    assert sender.send("azure_devops", body + b" ", {})[0] == 401


def test_a_notification_of_jenkins_needs_no_header_but_its_password(sender):
    password = base64.b64encode(f"jenkins:{SECRET}".encode()).decode()
    body = b'{"name": "shop", "build": {"phase": "COMPLETED", "number": 7}}'
    headers = {
        "Authorization": f"Basic {password}",
        "Content-Type": "application/json;charset=UTF-8",
    }
    assert sender.send("jenkins", body, headers)[0] == 202
    assert [kept["event"] for kept in sender.kept("jenkins")] == ["notification"]


def test_a_form_of_github_is_the_same_as_its_json(sender):
    form = urlencode({"payload": BODY.decode()}).encode()
    kind = "application/x-www-form-urlencoded"
    assert sender.github(form, Content_Type=kind)[0] == 202
    assert sender.kept()[0]["body"] == json.loads(BODY)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X_Hub_Signature_256": hub_signature(BODY, "wrong")}, 401),
        ({"X_Hub_Signature_256": "sha256=00"}, 401),
        ({"X_Hub_Signature_256": ""}, 401),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
        ({"X_GitHub_Event": "a\tb"}, 400),
        ({"X_GitHub_Event": ""}, 400),
    ],
    ids=["wrong-secret", "short", "empty", "text", "compressed", "no-name", "no-event"],
)
def test_what_is_wrong_is_refused_and_not_kept(sender, headers, status):
    found, answered, answer = sender.github(BODY, **headers)
    assert found == status
    assert answered["connection"] == "close"
    assert set(answer) == {"error"}
    assert sender.kept() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'"x"', b"{}x", b'{"a": NaN}', b"[" * 5000, b"\xff{}"], ids=ascii
)
def test_a_body_that_is_no_object_is_refused(sender, body):
    assert sender.github(body)[0] == 400
    assert sender.kept() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/webhooks/github", 405),
        ("PUT", "/webhooks/github", 405),
        ("POST", "/webhooks/bitbucket", 404),
        ("POST", "/webhooks/", 404),
        ("POST", "/webhooks/github/", 404),
        ("POST", "/webhooks/../github", 404),
        ("GET", "/", 404),
        ("POST", "/health", 405),
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
    ],
)
def test_only_what_is_there_answers(sender, method, path, status):
    found, headers, _ = sender.send("", b"", {}, method=method, path=path)
    assert found == status
    assert ("allow" in headers) == (status == 405)


def test_too_large_is_refused_before_it_is_sent(sender):
    answer = sender.raw(request(*signed_lines(b""), length=100_001))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_too_large_in_pieces_is_refused_at_the_limit(sender):
    lines = (*signed_lines(b""), "Transfer-Encoding: chunked")
    piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", sender.port), timeout=10) as connection:
        connection.sendall(request(*lines))
        for _ in range(4):
            connection.sendall(piece)
        assert read_all(connection).startswith(b"HTTP/1.1 413 ")


def test_pieces_make_a_whole(sender):
    pieces = b"5\r\n" + BODY[:5] + b"\r\n" + f"{len(BODY) - 5:x}\r\n".encode() + BODY[5:] + b"\r\n"
    lines = (*signed_lines(BODY), "Transfer-Encoding: chunked", "Connection: close")
    assert sender.raw(request(*lines) + pieces + b"0\r\n\r\n").startswith(b"HTTP/1.1 202 ")
    assert sender.kept()[0]["body"] == json.loads(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "X-Hub-Signature-256: sha256=00",
        "x-github-delivery: other",
        "X-GitHub-Event: ping",
        "Content-Type: application/json",
    ],
)
def test_a_header_that_decides_must_not_come_twice(sender, line):
    answer = sender.raw(request(*signed_lines(BODY), line, body=BODY))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert sender.kept() == []


@pytest.mark.parametrize(
    "content",
    [
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        request("Transfer-Encoding: chunked", length=3, body=b"abc"),
        request("Content-Length: 1", body=BODY),
        request("X-Long: " + "a" * 100_000),
    ],
    ids=["no-request", "tls", "length-and-chunked", "two-lengths", "long-header"],
)
def test_what_is_no_http_is_refused(sender, content):
    answer = sender.raw(content)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 40")
    assert sender.kept() == []


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-A", b""),
        (request(*signed_lines(BODY), length=len(BODY), body=b""), b"HTTP/1.1 408 "),
        (request(*signed_lines(BODY), length=len(BODY), body=BODY[:-1]), b"HTTP/1.1 408 "),
    ],
    ids=["headers", "no-body", "last-byte"],
)
def test_nobody_may_take_for_ever(sender, content, answer):
    assert sender.raw(content).startswith(answer)
    assert sender.kept() == []
    assert sender.github(BODY)[0] == 202


def test_a_byte_now_and_then_does_not_buy_time(sender):
    with socket.create_connection(("127.0.0.1", sender.port), timeout=0.1) as connection:
        connection.sendall(b"POST /webhooks/github HTTP/1.1\r\n")
        for number in range(100):
            try:
                connection.sendall(f"X-{number}: 1\r\n".encode())
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert number < 20
    assert sender.github(BODY)[0] == 202


def test_who_hangs_up_leaves_nothing(sender):
    with socket.create_connection(("127.0.0.1", sender.port)) as connection:
        connection.sendall(request(*signed_lines(BODY), length=len(BODY), body=BODY[:-1]))
    assert sender.github(BODY)[0] == 202
    assert [kept["delivery_id"] for kept in sender.kept()] == ["d-1"]


def test_too_many_are_told_when_to_come_again(serve):
    sender = serve(replace(LIMITS, rate_per_second=0.1, burst=2))
    assert [sender.github(BODY)[0] for _ in range(2)] == [202, 202]
    status, headers, _ = sender.github(BODY)
    assert (status, headers["retry-after"]) == (429, "10")
    assert sender.send("", b"", {}, method="GET", path="/health")[0] == 200


def test_too_much_at_once_is_told_to_come_again(sender):
    body = json.dumps({"text": "x" * 90_000}).encode()
    with socket.create_connection(("127.0.0.1", sender.port)) as first:
        first.sendall(request(*signed_lines(body), length=len(body), body=body[:-1]))
        status = 202
        for _ in range(20):
            status, headers, _ = sender.github(body)
            if status != 202:
                break
        assert (status, headers["retry-after"]) == (503, "5")
    assert sender.leftovers() == []


def test_too_many_connections_are_turned_away(serve):
    sender = serve(replace(LIMITS, connections=3))
    held = [socket.create_connection(("127.0.0.1", sender.port)) for _ in range(3)]
    assert sender.raw(request(*signed_lines(BODY), body=BODY)).startswith(b"HTTP/1.1 503 ")
    for connection in held:
        connection.close()


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_full_disk_keeps_nothing_by_halves(sender, monkeypatch, call):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(os, "fdopen", full)
    status, headers, answer = sender.github(BODY, X_GitHub_Delivery="late")
    assert (status, headers["retry-after"]) == (503, "60")
    assert "again" in answer["error"]
    assert sender.kept() == []
    assert sender.leftovers() == []
    monkeypatch.undo()
    assert sender.github(BODY, X_GitHub_Delivery="late")[0] == 202
    assert len(sender.kept()) == 1


def test_a_nearly_full_disk_is_not_healthy(sender, monkeypatch):
    status = os.statvfs(sender.folder)
    full = os.statvfs_result((*status[:4], 10, *status[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    assert sender.send("", b"", {}, method="GET", path="/health")[0] == 503


def test_nothing_secret_is_logged_or_answered(sender, caplog):
    caplog.set_level(0)
    wrong = hub_signature(BODY, "wrong")
    answers = [
        sender.github(BODY),
        sender.github(BODY, X_Hub_Signature_256=wrong),
        sender.send("gitlab", BODY, {"X-Gitlab-Token": SECRET + "x"}),
        sender.send("", b"", {}, path="/webhooks/github?secret=hidden%0ax"),
    ]
    told = caplog.text + repr([answer[2] for answer in answers])
    for secret in (SECRET, OLD_SECRET, wrong, hub_signature(BODY), "hidden"):
        assert secret not in told
    assert "kept github workflow_run d-1" in caplog.text
