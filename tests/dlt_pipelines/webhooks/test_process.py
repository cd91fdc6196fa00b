"""The receiver as a process: what it will not start without, and what it keeps when killed."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
import uvicorn

from dlt_pipelines import config, loading
from dlt_pipelines.webhooks.__main__ import find_secrets, main
from tests.dlt_pipelines.webhooks.conftest import SECRET, hub_signature

COMMAND = [sys.executable, "-m", "dlt_pipelines.webhooks"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    (folder / ".dlt").mkdir(parents=True)
    monkeypatch.setenv(config.PROJECT_VARIABLE, str(folder))
    monkeypatch.setenv(config.HOME_VARIABLE, str(tmp_path / "home"))
    for vendor in ("GITHUB", "GITLAB", "BUILDKITE", "JENKINS"):
        monkeypatch.delenv(f"WEBHOOKS__{vendor}__SECRETS", raising=False)
    return folder


@pytest.fixture
def secrets(project):
    """Say what the secrets file holds."""

    def saying(text):
        (project / ".dlt" / "secrets.toml").write_text(text)
        config.activate(config.settings())

    saying("")
    return saying


def test_secrets_come_from_the_file_or_the_environment(secrets, monkeypatch):
    secrets(f'[webhooks.github]\nsecrets = ["{SECRET}", "{SECRET}2"]\n')
    monkeypatch.setenv("WEBHOOKS__GITLAB__SECRETS", SECRET)
    monkeypatch.setenv("WEBHOOKS__JENKINS__SECRETS", json.dumps([SECRET, SECRET + "3"]))
    config.activate(config.settings())
    assert find_secrets([]) == {
        "github": (SECRET, SECRET + "2"),
        "gitlab": (SECRET,),
        "jenkins": (SECRET, SECRET + "3"),
    }


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("", [], "no vendor has a secret"),
        (f'[webhooks.github]\nsecrets = ["{SECRET}"]', ["gitlab"], "`gitlab` has no secret"),
        ('[webhooks.github]\nsecrets = [""]', ["github"], "`github` has no secret"),
        ('[webhooks.github]\nsecrets = ["short"]', [], "fewer than 16 characters"),
        ("[webhooks.github]\nsecrets = 5", [], "one text or a list of texts"),
        ('[webhooks.gitlab]\nsecrets = ["whsec_no base64 at all"]', [], "no base64"),
    ],
)
def test_it_does_not_start_without_good_secrets(secrets, text, wanted, message):
    secrets(text)
    with pytest.raises(config.ConfigurationError, match=re.escape(message)) as raised:
        find_secrets(wanted)
    assert "short" not in str(raised.value)


def test_a_wrong_setting_ends_the_command_with_its_message(project):
    ended = subprocess.run(COMMAND, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: no vendor has a secret")
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rate", "0"], "`--rate 0` must be a number above 0"),
        (["--rate", "-1"], "`--rate -1` must be a number above 0"),
        (["--rate", "nan"], "`--rate nan` must be a number above 0"),
        (["--rate", "inf"], "`--rate inf` must be a number above 0"),
        (["--burst", "0"], "`--burst 0` must be 1 or more"),
        (["--port", "65536"], "there is no port 65536"),
    ],
    ids=["no rate", "a rate below none", "no number", "without end", "no burst", "no such port"],
)
def test_a_limit_that_lets_nobody_in_or_everybody_is_no_limit(
    project, monkeypatch, capsys, options, message
):
    monkeypatch.setenv("WEBHOOKS__GITHUB__SECRETS", SECRET)
    monkeypatch.setattr(uvicorn.Server, "run", lambda server: pytest.fail("it started"))
    assert main(options) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


class Process:
    """A receiver in a process of its own."""

    def __init__(self, command):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stderr=subprocess.PIPE, text=True
        )
        self.log = []
        for line in self.process.stderr:
            self.log.append(line)
            if "running on" in line:
                return
        raise AssertionError("".join(self.log))

    def send(self, number):
        body = json.dumps({"number": number, "text": "x" * 5_000}).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": f"d-{number}",
            "X-Hub-Signature-256": hub_signature(body),
        }
        connection.request("POST", "/webhooks/github", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status


def numbers_of(folder):
    return [
        json.loads(path.read_bytes())["body"]["number"]
        for path in sorted(folder.glob("landing/webhooks/github/*/*.json"))
    ]


def test_what_was_acknowledged_is_there_after_a_kill(project, tmp_path, monkeypatch):
    monkeypatch.setenv("WEBHOOKS__GITHUB__SECRETS", SECRET)
    receiver = Process(COMMAND)
    acknowledged = []
    for number in range(10_000):
        if number == 40:
            os.kill(receiver.process.pid, signal.SIGKILL)
        try:
            if receiver.send(number) == 202:
                acknowledged.append(number)
        except (OSError, http.client.HTTPException):
            break
    receiver.process.wait(10)
    receiver.process.stderr.close()
    assert len(acknowledged) >= 40
    kept = numbers_of(tmp_path / "home")
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept)) <= len(acknowledged) + 1


def test_the_command_ends_its_receiver_when_it_is_told_to(project, tmp_path, monkeypatch):
    monkeypatch.setenv("WEBHOOKS__GITHUB__SECRETS", SECRET)
    receiver = Process([sys.executable, "-m", "testops", "webhook", "serve"])
    assert receiver.send(1) == 202
    receiver.process.terminate()
    rest = receiver.process.stderr.read()
    receiver.process.stderr.close()
    assert receiver.process.wait(20) == 0
    assert "Finished server process" in rest
    assert SECRET not in "".join(receiver.log) + rest
    assert numbers_of(tmp_path / "home") == [1]
    report = loading.run("github_actions")
    assert (report.loaded_count, report.rejected_count) == (1, 0)
    assert loading.run("github_actions").unchanged_count == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", receiver.port))
