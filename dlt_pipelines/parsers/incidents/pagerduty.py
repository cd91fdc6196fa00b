"""Answers of PagerDuty's REST API v2 → incidents, log entries, services.

Objects name their own kind in `type` (`incident`, `acknowledge_log_entry`, `service`, …); lists
come as `{"incidents": […], "limit": …, "more": …}`, deliveries of webhooks v3 as
`{"event": {"data": …}}`, those of v2 as `{"messages": [{"incident": …, "log_entries": […]}]}`.
Exports of other tools put the log into the incident as `log_entries`, and leave `type` away:
then the member that holds an object tells, or, of an object alone, what only an incident has.
Source of the names: PagerDuty's public API description.

The incident of a delivery says neither when it was acknowledged or resolved nor how late it is: its
event does. So an event is a log entry, of its own type (`incident.resolved`), and what comes with
it is the incident as of then.
"""

from typing import Any

import pyarrow as pa

from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import integer, member, moment, text
from dlt_pipelines.parsers.objects import Findings, ObjectError, identifier, schemas_of

INCIDENTS, LOG_ENTRIES, SERVICES = "incidents", "log_entries", "services"

SCHEMAS: dict[str, pa.Schema] = schemas_of(
    {
        INCIDENTS: """
            incident_id:text incident_number:bigint title:text description:text status:text
            urgency:text priority:text service_id:text service_name:text escalation_policy:text
            html_url:text created_at:at updated_at:at acknowledged_at:at resolved_at:at
            last_status_change_at:at payload:text
        """,
        LOG_ENTRIES: """
            log_entry_id:text incident_id:text type:text agent_id:text agent_type:text
            channel_type:text html_url:text created_at:at payload:text
        """,
        SERVICES: """
            service_id:text name:text status:text description:text html_url:text created_at:at
            payload:text
        """,
    }
)
KEYS = {INCIDENTS: ("incident_id",), LOG_ENTRIES: ("log_entry_id",), SERVICES: ("service_id",)}

# Member that holds objects → what they are where they do not say it.
_LISTS = {
    "incidents": "incident",
    "log_entries": "log_entry",
    "services": "service",
    "incident": "incident",
    "log_entry": "log_entry",
    "service": "service",
    "messages": None,
}
_OF_INCIDENTS = frozenset(("id", "incident_number", "created_at", "status"))
_OTHER_LISTS = (
    "priorities",
    "teams",
    "users",
    "escalation_policies",
    "schedules",
    "alerts",
    "notes",
)
_LOG_ENTRY = "log_entry"
_DEEPEST = 5


def read(document: Any, _address: str = "") -> Findings:
    """Read one document of any shape."""
    findings = Findings()
    _read(document, findings, 0)
    return findings


def _read(document: Any, findings: Findings, depth: int, usual: str | None = None) -> None:
    """Read what may be wrapped in lists; `usual` is what an object is that does not say it."""
    if depth > _DEEPEST:
        findings.rejected.append((None, "lists and pages are wrapped in each other too deeply"))
    elif isinstance(document, list):
        for item in document:
            _read(item, findings, depth + 1, usual)
    elif isinstance(document, dict):
        _object(document, findings, depth, usual)
    else:
        findings.rejected.append((document, "neither an object nor a list"))


def _object(item: dict[str, Any], findings: Findings, depth: int, usual: str | None) -> None:
    kind, event = _kind_of(item) or usual, item.get("event")
    if isinstance(event, dict) and isinstance(event.get("data"), dict):
        _event(event, findings, depth)
        return
    if kind and "id" in item and _item(kind, item, findings):
        return
    parts = [name for name in _LISTS if isinstance(item.get(name), list | dict)]
    if parts:
        for name in parts:
            _read(item[name], findings, depth + 1, _LISTS[name])
        return
    for name in _OTHER_LISTS:
        if isinstance(item.get(name), list):
            findings.not_kept[name] += len(item[name])
            return
    inner = item.get("body") if "url" in item else None
    if isinstance(inner, list | dict):
        _read(inner, findings, depth + 1)
    elif isinstance(member(item.get("error"), "message"), str):
        message = item["error"]["message"]
        findings.rejected.append((item, f"the saved answer is an error of the vendor: {message}"))
    elif kind or "email" in item:
        findings.not_kept[str(kind or "user")] += 1
    else:
        members = ", ".join(f"`{name}`" for name in list(item)[:5]) or "none"
        findings.rejected.append((item, f"no object of PagerDuty; its first members: {members}"))


def _kind_of(item: dict[str, Any]) -> str | None:
    kind = item.get("type")
    if kind is None and item.keys() >= _OF_INCIDENTS:
        return "incident"
    return kind if isinstance(kind, str) else None


def _event(event: dict[str, Any], findings: Findings, depth: int) -> None:
    """Take the event of a delivery: a log entry, and what it happened to as of then."""
    data, happened = event["data"], event.get("occurred_at")
    happened_to = event.get("resource_type")
    usual = "incident" if happened_to == "incident" else None
    is_incident = (_kind_of(data) or usual) == "incident"
    incident = data.get("id") if is_incident else member(data.get("incident"), "id")
    if text(event.get("id")) and text(incident):
        entry = {
            **{name: part for name, part in event.items() if name != "data"},
            "type": event.get("event_type"),
            "created_at": happened,
            "incident": {"id": incident},
        }
        findings.rows.append((LOG_ENTRIES, _log_entry(entry)))
    if is_incident and happened:
        data = {"updated_at": happened, **data}
    _read(data, findings, depth + 1, usual)


def _item(kind: str, item: dict[str, Any], findings: Findings) -> bool:
    """Take an object of a kind that is kept; tell whether it was one."""
    try:
        if kind == "incident":
            _incident_with_log(item, findings)
        elif kind.endswith(_LOG_ENTRY) and "created_at" in item:
            findings.rows.append((LOG_ENTRIES, _log_entry(item)))
        elif kind in ("service", "service_reference"):
            findings.rows.append((SERVICES, _service(item)))
        elif kind.endswith("_reference"):
            findings.not_kept[kind] += 1
        else:
            return False
    except ObjectError as error:
        findings.rejected.append((item, str(error)))
    return True


def _incident_with_log(item: dict[str, Any], findings: Findings) -> None:
    """Take an incident and the log that an export has put into it."""
    log = item.get("log_entries")
    own = {name: value for name, value in item.items() if name != "log_entries"}
    findings.rows.append((INCIDENTS, _incident(own)))
    for entry in log if isinstance(log, list) else []:
        if not isinstance(entry, dict):
            findings.rejected.append((entry, "the log holds something that is no entry"))
            continue
        kind = _kind_of(entry) or _LOG_ENTRY
        if not _item(kind, {"incident": {"id": item["id"]}} | entry, findings):
            findings.rejected.append((entry, "the log holds an object that is no entry"))


def _incident(item: dict[str, Any]) -> dict[str, Any]:
    if text(item.get("created_at")) is None:
        raise ObjectError("`created_at` is missing: nothing tells when the incident began")
    service, priority = item.get("service"), item.get("priority")
    acknowledgements = item.get("acknowledgements")
    acknowledged = [
        at
        for one in (acknowledgements if isinstance(acknowledgements, list) else [])
        if (at := moment(member(one, "at"))) is not None
    ]
    return {
        "incident_id": identifier(item, "id"),
        "incident_number": integer(item.get("incident_number", item.get("number"))),
        "title": text(item.get("title")) or text(item.get("summary")),
        "description": _details(item) or text(item.get("description")),
        "status": text(item.get("status")),
        "urgency": text(item.get("urgency")),
        "priority": text(member(priority, "summary")) or text(member(priority, "name")),
        "service_id": text(member(service, "id")),
        "service_name": text(member(service, "summary")) or text(member(service, "name")),
        "escalation_policy": text(member(item.get("escalation_policy"), "summary")),
        "html_url": text(item.get("html_url")),
        "created_at": moment(item.get("created_at")),
        "updated_at": moment(item.get("updated_at")),
        "acknowledged_at": min(acknowledged, default=None),
        "resolved_at": moment(item.get("resolved_at")),
        "last_status_change_at": moment(item.get("last_status_change_at")),
        "payload": json_text(item),
    }


def _details(item: dict[str, Any]) -> str | None:
    """Return the details of an incident's body; what monitoring sends is an object."""
    details = member(item.get("body"), "details")
    return json_text(details) if isinstance(details, dict | list) and details else text(details)


def _log_entry(item: dict[str, Any]) -> dict[str, Any]:
    incident = text(member(item.get("incident"), "id"))
    if not incident:
        raise ObjectError("the log entry does not name its incident")
    return {
        "log_entry_id": identifier(item, "id"),
        "incident_id": incident,
        "type": text(item.get("type")),
        "agent_id": text(member(item.get("agent"), "id")),
        "agent_type": text(member(item.get("agent"), "type")),
        "channel_type": text(member(item.get("channel"), "type")),
        "html_url": text(item.get("html_url")),
        "created_at": moment(item.get("created_at")),
        "payload": json_text(item),
    }


def _service(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "service_id": identifier(item, "id"),
        "name": text(item.get("name")) or text(item.get("summary")),
        "status": text(item.get("status")),
        "description": text(item.get("description")),
        "html_url": text(item.get("html_url")),
        "created_at": moment(item.get("created_at")),
        "payload": json_text(item),
    }
