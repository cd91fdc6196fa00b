"""What the commands write is what the source loads."""

import json
import os
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dlt_pipelines import loading, recorded
from dlt_pipelines.config import settings
from testops.recording import deployment_record, incident_record, keep

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TESTOPS_PROJECT", str(tmp_path))
    return tmp_path / "home"


@pytest.fixture
def query(home):
    def asking(sql):
        with duckdb.connect(str(home / "build.duckdb"), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    return asking


def deploy(home, now=NOW, **values):
    usual = {"repository": "acme/shop", "environment": "production", "sha": SHA, "at": None}
    return keep(home, deployment_record(**{**usual, **values}, now=now), now)


def test_a_deployment_is_loaded_once(home, query):
    deploy(home, record_id="job 17")
    deploy(home, record_id="job 17", now=NOW)
    assert loading.run("recorded").table_rows == {"deployments": 1, "incidents": 0}
    assert not loading.run("recorded").is_changed
    [row] = query(
        "select deployment_id, repository, environment, sha, result, epoch(finished_at)"
        " from raw_recorded.deployments"
    )
    assert row == ("job 17", "acme/shop", "production", SHA, "success", NOW.timestamp())


def test_an_incident_is_corrected_by_recording_it_again(home, query):
    opened = {"service": "shop", "opened": "2026-03-01T12:00:00Z"}
    first = keep(home, incident_record(**opened), NOW)
    loading.run("recorded")
    later = NOW + timedelta(hours=1)
    second = keep(home, incident_record(**opened, closed="2026-03-01T12:40"), later)
    assert first.record["id"] == second.record["id"]
    assert loading.run("recorded").table_rows["incidents"] == 1
    assert query(
        "select count(*), count(distinct incident_id), arg_max(closed_at, recorded_at)::text"
        " from raw_recorded.incidents"
    ) == [(2, 1, "2026-03-01 12:40:00+00")]


def test_records_of_other_machines_are_read_as_lines(home, tmp_path):
    lines = [
        {"kind": "deployment", "id": "1", "repository": "a/b", "environment": "prod", "sha": SHA},
        {"kind": "incident", "id": "2", "service": "s", "opened_at": "2026-03-01T00:00:00Z"},
    ]
    common = {"at": "2026-03-01T00:00:00Z", "recorded_at": "2026-03-02T00:00:00Z"}
    text = "\n".join(json.dumps({**line, **common}) for line in lines)
    (tmp_path / "records.jsonl").write_text(text)
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text('[sources.recorded]\nfiles = ["*.jsonl"]\n')
    assert loading.run("recorded").table_rows == {"deployments": 1, "incidents": 1}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param({"kind": "meal"}, "neither", id="another kind"),
        pytest.param({"kind": "deployment", "id": "1"}, "`repository`", id="no repository"),
        pytest.param([1], "neither", id="no object"),
        pytest.param(
            {"kind": "incident", "id": "1", "service": "s", "opened_at": "soon"},
            "no instant",
            id="no time",
        ),
        pytest.param(
            {"kind": "incident", "id": "1", "opened_at": "2026-03-01T00:00:00Z"},
            "what the incident hit",
            id="no service",
        ),
        pytest.param(
            {
                "kind": "incident",
                "id": "1",
                "service": "s",
                "opened_at": "2026-03-02T00:00:00Z",
                "closed_at": "2026-03-01T00:00:00Z",
            },
            "before",
            id="over before it began",
        ),
    ],
)
def test_what_is_no_record_is_kept_with_the_reason(record, reason, home, query):
    folder = home / "landing" / "recorded"
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text(json.dumps(record))
    deploy(home)
    report = loading.run("recorded")
    assert (report.rejected_count, report.table_rows["deployments"]) == (1, 1)
    [(said,)] = query("select reason from quarantine.rejected_files")
    assert reason in said


def test_is_configured_by_what_was_recorded(home):
    assert not recorded.is_configured({}, settings())
    deploy(home)
    assert recorded.is_configured({}, settings())
    assert recorded.is_configured({"files": ["x"]}, settings())


def test_unfinished_writes_are_no_records(home):
    path = deploy(home).path
    (path.parent / ".part-x").write_text('{"kind": "depl')
    assert loading.run("recorded").rejected_count == 0
    assert os.access(path, os.R_OK)
