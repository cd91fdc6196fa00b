"""PagerDuty by files and by API: the same rows, each version once, whatever goes wrong."""

import json

import pytest

from dlt_pipelines import pagerduty as source
from dlt_pipelines.config import ConfigurationError, settings
from dlt_pipelines.parsers.incidents.pagerduty import read
from tests.replay_server import Reply

SINCE = "2026-01-01"


def test_objects_become_rows():
    findings = read(
        {
            "incidents": [
                {
                    "id": "Q1",
                    "type": "incident",
                    "incident_number": 7,
                    "title": "Checkout is down",
                    "body": {"details": "Deployment: 4711"},
                    "status": "resolved",
                    "urgency": "high",
                    "priority": {"summary": "P1"},
                    "service": {"id": "S1", "summary": "Checkout"},
                    "created_at": "2026-01-02T03:04:05+02:00",
                    "resolved_at": "2026-01-02T02:00:00Z",
                    "acknowledgements": [
                        {"at": "2026-01-02T01:30:00Z"},
                        {"at": "2026-01-02T01:20:00Z"},
                    ],
                }
            ]
        }
    )
    [(table, row)] = findings.rows
    assert table == "incidents"
    assert (row["priority"], row["description"]) == ("P1", "Deployment: 4711")
    assert row["created_at"].isoformat() == "2026-01-02T01:04:05+00:00"
    assert row["acknowledged_at"].isoformat() == "2026-01-02T01:20:00+00:00"


@pytest.mark.parametrize(
    ("details", "description"),
    [
        ({"Deployment": "4711", "firing": 2}, '{"Deployment":"4711","firing":2}'),
        (["a"], '["a"]'),
        ("down", "down"),
        ({}, "said elsewhere"),
        (None, "said elsewhere"),
    ],
    ids=["object", "list", "text", "empty", "none"],
)
def test_details_are_kept_whatever_they_are(details, description):
    incident = {"id": "Q1", "type": "incident", "created_at": "2026-01-02T00:00:00Z"}
    incident |= {"body": {"details": details}, "description": "said elsewhere"}
    [(_, row)] = read(incident).rows
    assert row["description"] == description


def test_the_log_within_an_incident_is_read(project):
    incident = {"id": "Q1", "type": "incident", "created_at": "2026-01-02T00:00:00Z"}
    entry = {"type": "resolve_log_entry", "created_at": "2026-01-02T01:00:00Z"}
    entries = [
        {"id": "R1", **entry, "incident": {"id": "Q1", "type": "incident_reference"}},
        {"id": "R2", **entry},
    ]
    short = {"id": "R3", "type": "notify_log_entry_reference"}
    project.configure(files=["saved/**"])
    project.write("saved/a.json", [{**incident, "log_entries": [*entries, short, "R4", {}]}])
    report = project.load()
    assert (report.rejected_count, report.partial_count) == (0, 1)
    assert report.table_rows == {"incidents": 1, "log_entries": 2, "services": 0}
    assert {row[0] for row in project.rows("log_entries", "incident_id")} == {"Q1"}
    project.write("saved/b.json", {"incidents": [incident]})  # the same, asked without its log
    assert project.load().table_rows["incidents"] == 0


@pytest.mark.parametrize(
    ("document", "rows", "kept_not", "rejected"),
    [
        pytest.param([], 0, 0, 0, id="nothing"),
        pytest.param({"incidents": []}, 0, 0, 0, id="an empty page"),
        pytest.param({"priorities": [{"id": "P", "type": "priority"}]}, 0, 1, 0, id="priorities"),
        pytest.param([{"id": "U", "email": "a@b.example"}], 0, 1, 0, id="users"),
        pytest.param({"error": {"message": "Not Found"}}, 0, 0, 1, id="an error that was saved"),
        pytest.param([{"id": "R", "type": "x_log_entry", "created_at": "x"}], 0, 0, 1, id="lost"),
        pytest.param([{"a": 1}, 5], 0, 0, 2, id="something else"),
        pytest.param(
            {"event": {"data": {"id": "Q", "type": "incident", "created_at": "2026-01-01"}}},
            1,
            0,
            0,
            id="a delivery",
        ),
        pytest.param(
            {
                "messages": [
                    {
                        "event": "incident.trigger",
                        "log_entries": [
                            {
                                "id": "R",
                                "type": "trigger_log_entry",
                                "created_at": "2026-01-02T03:00:00Z",
                                "incident": {"id": "Q", "type": "incident_reference"},
                            }
                        ],
                        "incident": {"id": "Q", "type": "incident", "created_at": "2026-01-01"},
                    }
                ]
            },
            2,
            0,
            0,
            id="a delivery of version 2",
        ),
    ],
)
def test_what_a_document_holds(document, rows, kept_not, rejected):
    findings = read(document)
    assert len(findings.rows) == rows
    assert sum(findings.not_kept.values()) == kept_not
    assert len(findings.rejected) == rejected


_BARE = {"id": "Q1", "incident_number": 5, "status": "resolved", "created_at": "2026-01-02"}
_ENTRY = {"id": "R1", "created_at": "2026-01-02T00:00:00Z", "incident": {"id": "Q1"}}


@pytest.mark.parametrize(
    ("document", "tables"),
    [
        pytest.param(_BARE, ["incidents"], id="an incident alone"),
        pytest.param([{**_BARE, "type": None}], ["incidents"], id="a list, the type empty"),
        pytest.param({"incidents": [{"id": "Q1", "created_at": "2026-01-02"}]}, ["incidents"],
                     id="a page"),
        pytest.param({"incident": {"id": "Q1", "created_at": "2026-01-02", "service": {"id": "S"}}},
                     ["incidents"], id="an answer"),
        pytest.param({"log_entries": [_ENTRY]}, ["log_entries"], id="a log"),
        pytest.param({**_BARE, "log_entries": [{"id": "R1", "created_at": "2026-01-02"}]},
                     ["incidents", "log_entries"], id="an incident with its log"),
        pytest.param({"services": [{"id": "S", "name": "Checkout"}]}, ["services"], id="services"),
        pytest.param(
            {"event": {"id": "E", "event_type": "incident.triggered", "resource_type": "incident",
                       "occurred_at": "2026-01-02T00:00:00Z",
                       "data": {"id": "Q1", "created_at": "2026-01-02"}}},
            ["log_entries", "incidents"], id="a delivery"),
    ],
)  # fmt: skip
def test_objects_that_do_not_say_what_they_are(document, tables):
    findings = read(document)
    assert findings.rejected == []
    assert [table for table, _ in findings.rows] == tables


def test_an_incident_without_its_time_is_told_of():
    findings = read({"incidents": [{"id": "Q1", "type": "incident"}, {"type": "incident"}]})
    assert findings.rows == []
    (_, reason), *_ = findings.rejected
    assert "`created_at` is missing" in reason


def _delivery(number, what, status, at):
    """Make a delivery of webhooks v3: the incident in it has no time but that of its creation."""
    return {
        "event": {
            "id": f"E{number}",
            "event_type": f"incident.{what}",
            "resource_type": "incident",
            "occurred_at": at,
            "agent": {"id": "U1", "type": "user_reference"},
            "data": {
                "id": "Q1",
                "type": "incident",
                "number": 2,
                "status": status,
                "created_at": "2026-01-02T03:00:00Z",
                "title": "Checkout is down",
                "service": {"id": "S1", "type": "service_reference", "summary": "Checkout"},
                "resolve_reason": None,
            },
        }
    }


def test_deliveries_tell_by_their_events_when_something_happened(project):
    """Also when they are read in the wrong order, and when an incident is opened once more."""
    note = {"id": "N", "type": "incident_note", "incident": {"id": "Q1"}, "content": "hm"}
    events = [
        _delivery(1, "triggered", "triggered", "2026-01-02T03:00:00.100Z"),
        _delivery(2, "acknowledged", "acknowledged", "2026-01-02T03:10:00Z"),
        _delivery(3, "resolved", "resolved", "2026-01-02T04:00:00Z"),
        _delivery(4, "reopened", "triggered", "2026-01-02T05:00:00Z"),
        {"event": {"id": "E5", "event_type": "incident.annotated", "data": note,
                   "occurred_at": "2026-01-02T05:01:00Z"}},
        {"event": {"id": "E6", "event_type": "pagey.ping", "data": {"type": "ping"}}},
    ]  # fmt: skip
    project.configure(files=["saved/**"])
    project.write("saved/a.json", events[::-1])
    assert project.load().rejected_count == 0
    newest = "select status, incident_number, updated_at::varchar from raw_pagerduty.incidents"
    assert project.query(f"{newest} order by updated_at desc limit 1") == [
        ("triggered", 2, "2026-01-02 05:00:00+00")
    ]
    assert project.rows("log_entries", "type", "incident_id", "created_at::varchar") == [
        ("incident.acknowledged", "Q1", "2026-01-02 03:10:00+00"),
        ("incident.annotated", "Q1", "2026-01-02 05:01:00+00"),
        ("incident.reopened", "Q1", "2026-01-02 05:00:00+00"),
        ("incident.resolved", "Q1", "2026-01-02 04:00:00+00"),
        ("incident.triggered", "Q1", "2026-01-02 03:00:00.1+00"),
    ]
    assert not project.load().is_changed


def _landed(project, number, body):
    project.write(
        f"home/landing/webhooks/pagerduty/2026-01-02/{number:016}-{number}.json",
        {"vendor": "pagerduty", "event": "event", "delivery_id": str(number),
         "received_at": f"2026-01-02T03:00:{number:02}Z", "body": body},
    )  # fmt: skip


def test_what_webhooks_told_is_loaded_without_any_setting(project):
    """In the wrong order, with a delivery twice, and one that no table keeps."""
    project.configure()
    _landed(project, 1, _delivery(3, "resolved", "resolved", "2026-01-02T04:00:00Z"))
    _landed(project, 2, _delivery(1, "triggered", "triggered", "2026-01-02T03:00:00Z"))
    _landed(project, 3, _delivery(3, "resolved", "resolved", "2026-01-02T04:00:00Z"))
    _landed(project, 4, {"event": {"id": "E6", "event_type": "pagey.ping", "data": {"type": "x"}}})
    _landed(project, 5, {"hello": "world"})
    report = project.load()
    assert (report.loaded_count, report.rejected_count) == (4, 1)
    assert report.table_rows == {"incidents": 2, "log_entries": 2, "services": 0}
    newest = "select status, source_file from raw_pagerduty.incidents order by updated_at desc"
    assert project.query(newest)[0] == (
        "resolved",
        "landing/webhooks/pagerduty/2026-01-02/0000000000000001-1.json",
    )
    assert not project.load().is_changed


def test_saved_pages_are_read_once_and_changes_are_added(project):
    page = {"id": "Q1", "type": "incident", "created_at": "2026-01-02T00:00:00Z", "status": "open"}
    project.configure(files=["saved/**"])
    project.write("saved/incidents.json", {"incidents": [page]})
    assert project.load().table_rows["incidents"] == 1
    assert not project.load().is_changed
    project.write("saved/again.json", {"incidents": [page]})
    assert not project.load().is_changed
    project.write("saved/later.json", {"incidents": [{**page, "status": "resolved"}]})
    assert project.load().table_rows["incidents"] == 1


def test_bad_files_stop_nothing(project):
    project.configure(files=["saved/**"])
    project.write(
        "saved/good.json", [{"id": "S1", "type": "service", "name": "Checkout"}, {"a": 1}]
    )
    project.write("saved/other.json", {"hello": "world"})
    (project.folder / "saved" / "cut.json").write_text('{"incidents": [')
    report = project.load()
    assert (report.rejected_count, report.partial_count) == (2, 1)
    assert report.table_rows["services"] == 1


def test_files_and_api_end_in_the_same_rows(project, pagerduty, server, real_loads):
    for number in range(1, 251):
        pagerduty.add(number, f"2026-02-{1 + number % 27:02}T00:00:00Z")
    pagerduty.happen("Q9", "acknowledge", "2026-03-01T00:00:00Z", status="acknowledged")
    project.configure(mode="api", api_url=server.url, since=SINCE, until="2026-04-01")
    report = project.load()
    assert report.table_rows == {"incidents": 250, "log_entries": 251, "services": 1}
    assert len(server.requests) == 1 + 3 + 3
    by_api = project.all_rows()
    assert not project.load().is_changed

    project.write("saved/a.json", {"incidents": list(pagerduty.incidents.values())})
    project.write("saved/b.json", {"log_entries": pagerduty.log})
    project.write("saved/c.json", pagerduty.services)
    project.configure(files=["saved/**"])
    assert not project.load().is_changed
    (project.folder / "home").rename(project.folder / "before")
    project.load()
    assert project.all_rows() == by_api


def test_the_log_tells_what_changed(project, pagerduty, server):
    old = pagerduty.add(1, "2026-01-05T00:00:00Z")
    project.configure(mode="api", api_url=server.url, since=SINCE)
    project.load()
    [(cursor,)] = project.query("select max(cursor_at) from quality.source_loads")
    pagerduty.happen(old, "resolve", cursor.isoformat(), status="resolved")
    server.requests.clear()
    assert project.load().table_rows == {"incidents": 1, "log_entries": 1, "services": 0}
    assert len(server.requests) == 4  # services, incidents, log, and the one incident


def test_a_service_that_gets_its_old_name_back_has_it_back(project, pagerduty, server):
    project.configure(mode="api", api_url=server.url, since=SINCE)
    project.load()
    newest = "select arg_max(name, loaded_at) from raw_pagerduty.services"
    for name, rows in (("Till", 1), ("Checkout", 1), ("Checkout", 0)):
        pagerduty.services[0]["name"] = name
        assert project.load().table_rows["services"] == rows
        assert project.query(newest) == [(name,)]


def test_a_span_above_the_cap_is_halved(project, pagerduty, server, monkeypatch):
    monkeypatch.setattr("dlt_pipelines.pagerduty.api._CAP", 200)
    pagerduty.cap = 200
    for number in range(1, 331):
        pagerduty.add(number, f"2026-01-{1 + number % 28:02}T00:{number % 60:02}:00Z")
    pagerduty.add(331, "2026-02-01T23:59:59.999Z")  # in the last second of the span
    project.configure(mode="api", api_url=server.url, since=SINCE, until="2026-02-01")
    report = project.load()
    assert report.table_rows["incidents"] == report.table_rows["log_entries"] == 331
    assert report.rejected_count == 0
    assert report.cursor_at is None  # a back-fill leaves the present alone


def test_faults_are_lived_through(project, pagerduty, server):
    for number in range(1, 2001):
        pagerduty.add(number, f"2026-02-{1 + number % 27:02}T00:00:00Z")
    project.configure(
        mode="api", api_url=server.url, since=SINCE, until="2026-04-01", timeout_seconds=0.2
    )
    server.fail_by_chance(0.1, 5, ("429", "502", "cut", "reset"))
    assert project.load().table_rows == {"incidents": 2000, "log_entries": 2000, "services": 1}
    assert server.counts()["429"] + server.counts()["cut"] > 0
    assert len(server.requests) <= 2 * 41


def test_a_load_that_is_cut_off_is_followed_by_the_next(project, pagerduty, server):
    for number in range(1, 301):
        pagerduty.add(number, f"2026-02-{1 + number % 27:02}T00:00:00Z")
    project.configure(mode="api", api_url=server.url, since=SINCE, request_limit=3)
    first = project.load()
    assert first.table_rows["incidents"] == 200
    assert first.cursor_at is None
    project.configure(mode="api", api_url=server.url, since=SINCE)
    second = project.load()
    assert second.table_rows == {"incidents": 100, "log_entries": 300, "services": 0}
    assert second.cursor_at is not None


def test_an_incident_that_is_gone_is_told_and_left(project, pagerduty, server):
    gone = pagerduty.add(1, "2025-06-01T00:00:00Z")
    pagerduty.happen(gone, "resolve", "2026-02-01T00:00:00Z")
    server.forget(f"/incidents/{gone}")
    project.configure(mode="api", api_url=server.url, since=SINCE)
    report = project.load()
    assert (report.table_rows["incidents"], report.rejected_count) == (0, 1)
    assert report.cursor_at is not None


def test_an_incident_of_others_is_told_and_left(project, pagerduty, server):
    """The log of the account names it, its team keeps it: no later load will be answered either."""
    hidden = pagerduty.add(1, "2025-06-01T00:00:00Z")
    pagerduty.happen(hidden, "resolve", "2026-02-01T00:00:00Z")
    server.route(f"/incidents/{hidden}", Reply(403, {"error": {"message": "Access Denied"}}))
    project.configure(mode="api", api_url=server.url, since=SINCE)
    report = project.load()
    assert (report.table_rows["incidents"], report.rejected_count) == (0, 1)
    assert report.cursor_at is not None


def test_a_list_that_is_refused_is_asked_for_again(project, pagerduty, server):
    server.route("/incidents", Reply(403, {"error": {"message": "Access Denied"}}))
    project.configure(mode="api", api_url=server.url, since=SINCE)
    assert project.load().cursor_at is None


def test_a_key_that_is_not_accepted_is_a_wrong_setting(project, server):
    server.route("/services", Reply(401))
    project.configure(mode="api", api_url=server.url, since=SINCE)
    with pytest.raises(ConfigurationError, match="does not accept the token"):
        project.load()


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, False), ({"files": []}, False), ({"files": ["x"]}, True), ({"mode": "api"}, True)],
    ids=json.dumps,
)
def test_is_configured(options, expected, tmp_path):
    assert source.is_configured(options, settings(tmp_path)) is expected


def test_recorded_answers_load(project, corpus):
    folder = corpus / "ci" / "incidents" / "faros_pagerduty"
    project.configure(files=[str(folder)])
    report = project.load()
    assert report.rejected_count == 0
    assert report.table_rows == {"incidents": 3, "log_entries": 3, "services": 2}
