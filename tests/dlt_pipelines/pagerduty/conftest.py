"""A project whose PagerDuty source can be loaded and asked, and a PagerDuty that answers."""

from datetime import datetime

import pytest

from tests.replay_server import Reply

SITE = "https://api.pagerduty.com"


class PagerDuty:
    """Incidents with their log, listed as the vendor lists them."""

    def __init__(self, server):
        self.server = server
        self.incidents = {}
        self.log = []
        self.services = [{"id": "S1", "type": "service", "name": "Checkout", "status": "active"}]
        self.cap = 10_000
        server.route("/services", lambda query: self._list("services", self.services, query))
        server.route("/incidents", self._incidents)
        server.route("/log_entries", self._log)

    def add(self, number, created_at, **members):
        incident_id = f"Q{number}"
        self.incidents[incident_id] = {
            "id": incident_id,
            "type": "incident",
            "incident_number": number,
            "title": f"Trouble {number}",
            "status": "triggered",
            "urgency": "high",
            "service": {"id": "S1", "type": "service_reference", "summary": "Checkout"},
            "created_at": created_at,
            "updated_at": created_at,
            "html_url": f"{SITE}/incidents/{incident_id}",
            **members,
        }
        self.happen(incident_id, "trigger", created_at)
        self.server.route(
            f"/incidents/{incident_id}",
            lambda _: Reply(body={"incident": self.incidents[incident_id]}),
        )
        return incident_id

    def happen(self, incident_id, what, at, **members):
        self.log.append(
            {
                "id": f"R{len(self.log)}",
                "type": f"{what}_log_entry",
                "created_at": at,
                "incident": {"id": incident_id, "type": "incident_reference"},
                "agent": {"id": "U1", "type": "user_reference"},
            }
        )
        self.incidents[incident_id].update(updated_at=at, **members)

    def _incidents(self, query):
        return self._list("incidents", _within(self.incidents.values(), query), query)

    def _log(self, query):
        return self._list("log_entries", _within(self.log, query), query)

    def _list(self, name, items, query):
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 25))
        if offset + limit > self.cap:
            return Reply(400, {"error": {"message": "Offset must be less", "code": 2001}})
        part = items[offset : offset + limit]
        more = offset + limit < len(items)
        total = len(items) if query.get("total") else None
        body = {name: part, "limit": limit, "offset": offset, "more": more, "total": total}
        return Reply(body=body)


def _within(items, query):
    since, until = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
    return [item for item in items if since <= datetime.fromisoformat(item["created_at"]) <= until]


@pytest.fixture
def source_name():
    return "pagerduty"


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("SOURCES__PAGERDUTY__TOKEN", "key")


@pytest.fixture
def pagerduty(server):
    return PagerDuty(server)
