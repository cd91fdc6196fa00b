"""Records by hand: kept durably, each once, and refused when they can't be meant."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from testops.cli.app import app
from testops.errors import TestopsError, UsageError
from testops.recording import deployment_record, incident_record, instant, keep

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA = "0123456789abcdef0123456789abcdef01234567"
DEPLOY = ["dora", "deploy", "--repository", "acme/shop", "--environment", "production"]
INCIDENT = ["dora", "incident", "--service", "shop"]


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path))

    def calling(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return calling


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def deployment(**values):
    usual = {"repository": "acme/shop", "environment": "production", "sha": SHA, "at": None}
    return deployment_record(**{**usual, **values}, now=NOW)


def test_commands_record_durably(call, tmp_path, monkeypatch):
    synchronised = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synchronised.append(handle), real(handle))[1])
    result = call(*DEPLOY, "--sha", SHA, "--at", "2026-03-01T12:00:00+02:00", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    [path] = files(tmp_path)
    assert json.loads(path.read_text()) == answer["record"]
    assert answer["record"]["at"] == "2026-03-01T10:00:00Z"
    assert len(synchronised) >= 3  # the file, its folder, the folders above


def test_the_same_deployment_again_is_no_second_one(call, tmp_path):
    arguments = [*DEPLOY, "--sha", SHA, "--at", "2026-03-01T12:00:00Z"]
    assert "recorded" in call(*arguments).stdout
    assert "known already" in call(*arguments).stdout
    assert len(files(tmp_path)) == 1
    call(*arguments, "--service", "api")
    assert len(files(tmp_path)) == 2


def test_an_incident_is_closed_by_recording_it_again(call, tmp_path):
    opened = [*INCIDENT, "--opened", "2026-03-01T12:00:00Z"]
    call(*opened)
    call(*opened, "--closed", "2026-03-01T13:00:00Z", "--deployment", "4711")
    records = [json.loads(path.read_text()) for path in files(tmp_path)]
    assert len({record["id"] for record in records}) == 1
    assert [record.get("closed_at") for record in records] == [None, "2026-03-01T13:00:00Z"]


def test_an_older_state_recorded_again_counts_again(tmp_path):
    opened = {"service": "shop", "opened": "2026-03-01T12:00:00Z"}
    for hours, values in enumerate([{}, {"closed": "2026-03-01T13:00:00Z"}, {}]):
        keep(tmp_path, incident_record(**opened, **values), NOW + timedelta(hours=hours))
    assert len(files(tmp_path)) == 3


@pytest.mark.parametrize(
    "record_id", ["../../escape", "a/b", ".hidden", "ü", "x" * 300], ids=lambda name: name[:12]
)
def test_ids_are_no_paths(record_id, tmp_path):
    kept = keep(tmp_path / "home", deployment(record_id=record_id), NOW)
    assert kept.record["id"] == record_id
    assert files(tmp_path) == [kept.path]
    assert kept.path.is_relative_to(tmp_path / "home" / "landing" / "recorded" / "deployments")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda: deployment(sha="main"), "--sha", id="a branch is no hash"),
        pytest.param(lambda: deployment(repository="shop"), "--repository", id="no owner"),
        pytest.param(lambda: deployment(environment=" "), "--environment", id="no environment"),
        pytest.param(lambda: deployment(result="ok"), "--result", id="another result"),
        pytest.param(lambda: deployment(at="noon"), "--at", id="no instant"),
        pytest.param(
            lambda: deployment(at="9999-12-31T23:59:59-14:00"), "--at", id="beyond all years"
        ),
        pytest.param(lambda: deployment(service="a\udcff"), "service", id="no text"),
        pytest.param(lambda: deployment(record_id="a\udcff"), "id", id="an id of no text"),
        pytest.param(
            lambda: incident_record(
                service="s", opened="2026-03-01T12:00:00Z", closed="2026-03-01T11:00:00Z"
            ),
            "--closed",
            id="over before it began",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(make, said):
    with pytest.raises(UsageError, match=said):
        make()


def test_wrong_usage_has_its_exit_code(call, tmp_path):
    result = call(*DEPLOY, "--sha", "main")
    assert result.exit_code == 2
    assert files(tmp_path) == []


def test_a_home_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "landing").write_text("in the way")
    with pytest.raises(TestopsError, match="TESTOPS_HOME"):
        keep(tmp_path, deployment(), NOW)


def test_instants_without_a_zone_are_utc():
    assert instant("--at", "2026-03-01 12:00") == datetime(2026, 3, 1, 12, tzinfo=UTC)
