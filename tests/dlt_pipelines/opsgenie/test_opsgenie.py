"""Opsgenie by files and by API: the same rows, each version once, whatever goes wrong."""

import json

import pytest

from dlt_pipelines import opsgenie as source
from dlt_pipelines.config import ConfigurationError, settings
from dlt_pipelines.parsers.incidents.opsgenie import read
from tests.replay_server import Reply

SINCE = "2026-01-01"
ENTRY = {"id": "e", "type": "IncidentOpened", "eventTime": "2026-01-02T00:00:00Z"}
INCIDENT = {"id": "i", "message": "Trouble", "impactedServices": [], "status": "open"}


@pytest.mark.parametrize(
    ("document", "address", "tables", "kept_not", "rejected"),
    [
        pytest.param([], "", [], 0, 0, id="nothing"),
        pytest.param({"data": [], "requestId": "r"}, "", [], 0, 0, id="an empty page"),
        pytest.param({"data": INCIDENT}, "", ["incidents"], 0, 0, id="one incident"),
        pytest.param(
            [{**INCIDENT, "timelines": [ENTRY, 5]}],
            "",
            ["incidents", "timeline_entries"],
            0,
            1,
            id="an incident with its timeline",
        ),
        pytest.param(
            {"data": {"entries": [ENTRY]}},
            "/v2/incident-timelines/i/entries?limit=100",
            ["timeline_entries"],
            0,
            0,
            id="a timeline",
        ),
        pytest.param(
            {"url": "https://x/v2/incident-timelines/i/entries", "body": {"data": [ENTRY]}},
            "saved.json",
            ["timeline_entries"],
            0,
            0,
            id="a timeline saved with its address",
        ),
        pytest.param({"data": {"entries": [ENTRY]}}, "saved.json", [], 0, 1, id="nobody's"),
        pytest.param(
            [{"id": "s", "name": "S", "teamId": "t"}], "", ["services"], 0, 0, id="service"
        ),
        pytest.param([{"id": "a", "message": "m", "alias": "x"}], "", [], 1, 0, id="an alert"),
        pytest.param([{"id": "t", "name": "team"}], "", [], 1, 0, id="a team"),
        pytest.param([{"id": "u", "username": "a@b.example"}], "", [], 1, 0, id="a user"),
        pytest.param({"message": "Not Found", "took": 0.1}, "", [], 0, 1, id="a saved error"),
        pytest.param([{"a": 1}, 5], "", [], 0, 2, id="something else"),
    ],
)
def test_what_a_document_holds(document, address, tables, kept_not, rejected):
    findings = read(document, address)
    assert [table for table, _ in findings.rows] == tables
    assert sum(findings.not_kept.values()) == kept_not
    assert len(findings.rejected) == rejected


def test_files_and_api_end_in_the_same_rows(project, opsgenie, server, real_loads):
    opsgenie.entries_per_page = 2
    for number in range(1, 131):
        opsgenie.add(number, f"2026-02-{1 + number % 27:02}T00:00:00Z")
    for what in ("ResponderAlertAcked", "IncidentResolved", "IncidentClosed"):
        opsgenie.happen("i-9", what, "2026-02-20T00:00:00Z", status="closed")
    project.configure(mode="api", api_url=server.url, since=SINCE)
    report = project.load()
    assert report.table_rows == {"incidents": 130, "timeline_entries": 133, "services": 1}
    by_api = project.all_rows()
    server.requests.clear()
    assert not project.load().is_changed
    # services, then one by one those that are open, because the list reaches back only so far
    assert len(server.requests) == 2 + 129

    project.write(
        "saved/a.json",
        [
            {**incident, "timelines": opsgenie.timelines[incident_id]}
            for incident_id, incident in opsgenie.incidents.items()
        ],
    )
    project.write("saved/c.json", {"data": opsgenie.services})
    project.configure(files=["saved/**"])
    (project.folder / "home").rename(project.folder / "before")
    project.load()
    assert project.all_rows() == by_api
    assert not project.load().is_changed


def test_what_was_open_is_asked_for_again(project, opsgenie, server):
    old = opsgenie.add(1, "2026-01-05T00:00:00Z")
    project.configure(mode="api", api_url=server.url, since=SINCE, lookback_days=1)
    project.load()
    opsgenie.happen(old, "IncidentResolved", "2026-03-05T00:00:00Z", status="resolved")
    assert project.load().table_rows == {"incidents": 1, "timeline_entries": 1, "services": 0}
    server.requests.clear()
    assert not project.load().is_changed
    assert len(server.requests) == 2


def calling(number, incident_id, kind="Owner", action="Create"):
    """Give what a webhook tells of an alert, and a time of landing."""
    details = {"incident-id": incident_id, "incident-alert-type": kind, "impacted-services": "s-1"}
    alert = {"alertId": f"a-{number}", "message": "Trouble", "createdAt": 1_767_600_000_000}
    return {"action": action, "alert": {**alert, "details": details}, "integrationType": "Webhook"}


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        (calling(1, "i-1"), True),
        (calling(1, "i-1", "Responder", "Close"), True),
        (calling(1, "i-1", "Associated"), False),
        (calling(1, ""), False),
        ({"action": "Acknowledge", "alert": {"alertId": "a-1"}}, False),
        ({"action": "Create", "alert": {"alertId": "a-1", "details": ["x"]}}, False),
    ],
    ids=["owner", "responder", "what it came of", "no id", "no details", "odd details"],
)
def test_an_incident_that_a_webhook_names_is_asked_for_however_old(
    project, opsgenie, server, told, asked
):
    old = opsgenie.add(1, "2026-01-05T00:00:00Z", status="closed")
    project.configure(mode="api", api_url=server.url, since=SINCE, lookback_days=1)
    project.load()
    opsgenie.happen(old, "IncidentReopened", "2026-03-05T00:00:00Z", status="open")
    assert not project.load().is_changed
    project.deliver(1, told)
    project.deliver(2, told)
    report = project.load()
    assert (report.loaded_count, report.rejected_count) == (2 + 2 + 2 * asked, 0)
    assert report.table_rows["incidents"] == asked
    newest = "select arg_max(status, updated_at) from raw_opsgenie.incidents"
    assert project.query(newest) == [("open" if asked else "closed",)]
    assert not project.load().is_changed


def test_an_incident_that_was_deleted_or_is_listed_is_not_asked_for_again(
    project, opsgenie, server
):
    opsgenie.add(1, "2026-01-05T00:00:00Z")
    project.configure(mode="api", api_url=server.url, since=SINCE)
    project.deliver(1, calling(1, "i-1"))
    project.deliver(2, calling(2, "i-2"))
    report = project.load()
    assert report.cursor_at is not None
    one_by_one = [path for path, _ in server.requests if path.startswith("/v1/incidents/")]
    assert one_by_one == ["/v1/incidents/i-2"]
    assert project.query("select locator, error_class from quarantine.rejected_files") == [
        ("/v1/incidents/i-2", "http_404")
    ]


def test_a_service_that_gets_its_old_name_back_has_it_back(project, opsgenie, server):
    project.configure(mode="api", api_url=server.url, since=SINCE)
    project.load()
    newest = "select arg_max(name, loaded_at) from raw_opsgenie.services"
    for name, rows in (("Till", 1), ("Checkout", 1), ("Checkout", 0)):
        opsgenie.services[0]["name"] = name
        assert project.load().table_rows["services"] == rows
        assert project.query(newest) == [(name,)]


def test_a_span_above_the_cap_is_halved(project, opsgenie, server, monkeypatch):
    monkeypatch.setattr("dlt_pipelines.opsgenie.api._CAP", 200)
    opsgenie.cap = 200
    for number in range(1, 331):
        opsgenie.add(number, f"2026-01-{1 + number % 28:02}T00:{number % 60:02}:00Z")
    project.configure(mode="api", api_url=server.url, since=SINCE, until="2026-02-01")
    report = project.load()
    assert report.table_rows["incidents"] == 330
    assert (report.rejected_count, report.cursor_at) == (0, None)


def test_the_last_second_of_a_backfill_is_read_whole(project, opsgenie, server):
    opsgenie.add(1, "2026-01-31T23:59:59.999Z")
    project.configure(mode="api", api_url=server.url, since="2026-01-31", until="2026-01-31")
    assert project.load().table_rows["incidents"] == 1


def test_faults_are_lived_through(project, opsgenie, server):
    for number in range(1, 201):
        opsgenie.add(number, f"2026-02-{1 + number % 27:02}T00:00:00Z")
    project.configure(mode="api", api_url=server.url, since=SINCE, timeout_seconds=0.2)
    server.fail_by_chance(0.05, 5, ("429", "502", "cut", "reset"))
    report = project.load()
    assert report.table_rows == {"incidents": 200, "timeline_entries": 200, "services": 1}
    assert len(server.requests) <= 1.2 * 203
    assert not project.load().table_rows["incidents"]


def test_a_timeline_that_cannot_be_had_leaves_its_incident_to_the_next_load(
    project, opsgenie, server
):
    for number in (1, 2):
        opsgenie.add(number, "2026-02-01T00:00:00Z")
    project.configure(mode="api", api_url=server.url, since=SINCE)
    server.fail_next(None, None, *["502"] * 7)
    first = project.load()
    assert (first.table_rows["incidents"], first.cursor_at) == (1, None)
    second = project.load()
    assert second.table_rows["incidents"] == 1
    assert second.cursor_at is not None


def test_a_key_that_is_not_accepted_is_a_wrong_setting(project, server):
    server.route("/v1/services", Reply(401))
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
    folder = corpus / "ci" / "incidents" / "faros_opsgenie"
    project.configure(files=[str(folder)])
    report = project.load()
    assert report.rejected_count == 0
    assert report.table_rows == {"incidents": 3, "timeline_entries": 20, "services": 0}
