"""A project whose Opsgenie source can be loaded and asked, and an Opsgenie that answers."""

import re
from datetime import datetime

import pytest

from tests.replay_server import Reply

SITE = "https://api.opsgenie.com"


class Opsgenie:
    """Incidents with their timelines, listed as the vendor lists them."""

    def __init__(self, server):
        self.server = server
        self.incidents = {}
        self.timelines = {}
        self.services = [{"id": "s-1", "name": "Checkout", "teamId": "t-1"}]
        self.cap = 20_000
        self.entries_per_page = 100
        server.route("/v1/services", lambda query: self._list("/v1/services", self.services, query))
        server.route("/v1/incidents", self._incidents)

    def add(self, number, created_at, **members):
        incident_id = f"i-{number}"
        self.incidents[incident_id] = {
            "id": incident_id,
            "tinyId": str(number),
            "message": f"Trouble {number}",
            "status": "open",
            "priority": "P2",
            "tags": ["checkout"],
            "impactedServices": ["s-1"],
            "createdAt": created_at,
            "updatedAt": created_at,
            "impactStartDate": created_at,
            "links": {
                "web": f"{SITE}/incident/detail/{incident_id}",
                "api": f"{SITE}/v1/incidents/{incident_id}",
            },
            **members,
        }
        self.timelines[incident_id] = []
        self.happen(incident_id, "IncidentOpened", created_at)
        self.server.route(
            f"/v1/incidents/{incident_id}",
            lambda _: Reply(body={"data": self.incidents[incident_id], "requestId": "r"}),
        )
        self.server.route(
            f"/v2/incident-timelines/{incident_id}/entries",
            lambda query: self._timeline(incident_id, query),
        )
        return incident_id

    def happen(self, incident_id, what, at, **members):
        timeline = self.timelines[incident_id]
        timeline.append({"id": f"{what}_{len(timeline)}", "type": what, "eventTime": at})
        self.incidents[incident_id].update(updatedAt=at, **members)

    def _incidents(self, query):
        since, until = (
            int(re.search(rf"createdAt{sign}=(\d+)", query["query"])[1]) for sign in "><"
        )
        items = [
            item
            for item in self.incidents.values()
            if since <= datetime.fromisoformat(item["createdAt"]).timestamp() * 1000 <= until
        ]
        return self._list("/v1/incidents", items, query)

    def _list(self, path, items, query):
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 20))
        if offset + limit > self.cap:
            return Reply(422, {"message": "Sum of offset and limit is too large"})
        body = {"data": items[offset : offset + limit], "took": 0.1, "requestId": "r"}
        if offset + limit < len(items):
            body["paging"] = {"next": f"{SITE}{path}?offset={offset + limit}&limit={limit}"}
        return Reply(body=body)

    def _timeline(self, incident_id, query):
        start = int(query.get("offset", 0))
        end = start + self.entries_per_page
        data = {"entries": self.timelines[incident_id][start:end]}
        if end < len(self.timelines[incident_id]):
            data["nextOffset"] = str(end)
        return Reply(body={"data": data})


@pytest.fixture
def source_name():
    return "opsgenie"


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("SOURCES__OPSGENIE__TOKEN", "key")


@pytest.fixture
def opsgenie(server):
    return Opsgenie(server)
