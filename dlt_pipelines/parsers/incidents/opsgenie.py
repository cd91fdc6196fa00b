"""Answers of Opsgenie's REST API → incidents, their timelines, services.

Answers wrap everything in `data`; objects don't name their kind, so their members tell it. Exports
of other tools put the timeline into the incident as `timelines`. Alerts, teams and users are not
kept. Source of the names: Opsgenie's public API documentation (Incident API, Incident Timeline
API, Service API).

Webhooks tell of alerts alone. Those by which an incident calls its owners and responders name it in
their details, which are told when an alert is created; what became of the incident they don't say.
"""

import re
from typing import Any

import pyarrow as pa

from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import member, moment, text
from dlt_pipelines.parsers.objects import Findings, ObjectError, identifier, schemas_of

INCIDENTS, TIMELINE_ENTRIES, SERVICES = "incidents", "timeline_entries", "services"

SCHEMAS: dict[str, pa.Schema] = schemas_of(
    {
        INCIDENTS: """
            incident_id:text tiny_id:text message:text description:text status:text priority:text
            tags:text service_ids:text extra_properties:text owner_team:text html_url:text
            created_at:at updated_at:at impact_start_at:at impact_end_at:at payload:text
        """,
        TIMELINE_ENTRIES: """
            entry_id:text incident_id:text type:text entry_group:text actor_type:text
            is_hidden:bool occurred_at:at payload:text
        """,
        SERVICES: """
            service_id:text name:text team_id:text description:text html_url:text payload:text
        """,
    }
)
KEYS = {
    INCIDENTS: ("incident_id",),
    TIMELINE_ENTRIES: ("incident_id", "entry_id"),
    SERVICES: ("service_id",),
}

_ENTRIES_OF = re.compile(r"/incident-timelines/([^/?#]+)(?=[/?#]|$)")
_DEEPEST = 6
_CALLING = ("Owner", "Responder")  # an `Associated` alert is what an incident came of


def read(document: Any, address: str = "") -> Findings:
    """Read one document of any shape.

    Args:
        document: As JSON.
        address: Address of the page; timelines do not say themselves whose they are.
    """
    findings = Findings()
    _read(document, address, findings, 0)
    return findings


def _read(document: Any, address: str, findings: Findings, depth: int) -> None:
    if depth > _DEEPEST:
        findings.rejected.append((None, "lists and pages are wrapped in each other too deeply"))
    elif isinstance(document, list):
        for item in document:
            _read(item, address, findings, depth + 1)
    elif isinstance(document, dict):
        try:
            _object(document, address, findings, depth)
        except ObjectError as error:
            findings.rejected.append((document, str(error)))
    else:
        findings.rejected.append((document, "neither an object nor a list"))


def _object(item: dict[str, Any], address: str, findings: Findings, depth: int) -> None:
    if isinstance(item.get("alert"), dict) and "action" in item:
        findings.not_kept["alert"] += 1
        details = item["alert"].get("details")
        incident = text(member(details, "incident-id"))
        if incident and member(details, "incident-alert-type") in _CALLING:
            findings.named.append(incident)
    elif "eventTime" in item and "type" in item:
        found = _ENTRIES_OF.search(address)
        findings.rows.append((TIMELINE_ENTRIES, _entry(item, found[1] if found else None)))
    elif "id" in item and "message" in item:
        if _is_incident(item):
            _incident_with_timeline(item, findings)
        else:
            findings.not_kept["alert"] += 1
    elif "id" in item and "name" in item:
        if "teamId" in item or "/services/" in str(member(item.get("links"), "api")):
            findings.rows.append((SERVICES, _service(item)))
        else:
            findings.not_kept["team"] += 1
    elif "id" in item and "username" in item:
        findings.not_kept["user"] += 1
    elif isinstance(item.get("data"), list | dict):
        _read(item["data"], address, findings, depth + 1)
    elif isinstance(item.get("entries"), list):
        _read(item["entries"], address, findings, depth + 1)
    elif isinstance(item.get("url"), str) and isinstance(item.get("body"), list | dict):
        _read(item["body"], item["url"], findings, depth + 1)
    elif isinstance(item.get("message"), str):
        message = item["message"]
        raise ObjectError(f"the saved answer is an error of the vendor: {message}")
    else:
        members = ", ".join(f"`{name}`" for name in list(item)[:5]) or "none"
        raise ObjectError(f"no object of Opsgenie; its first members: {members}")


def _is_incident(item: dict[str, Any]) -> bool:
    is_named = "/incidents/" in str(member(item.get("links"), "api"))
    return is_named or "impactStartDate" in item or "impactedServices" in item


def _incident_with_timeline(item: dict[str, Any], findings: Findings) -> None:
    timeline = item.get("timelines")
    own = {name: value for name, value in item.items() if name != "timelines"}
    findings.rows.append((INCIDENTS, _incident(own)))
    for entry in timeline if isinstance(timeline, list) else []:
        if isinstance(entry, dict):
            findings.rows.append((TIMELINE_ENTRIES, _entry(entry, str(item["id"]))))
        else:
            findings.rejected.append((entry, "the timeline holds something that is no entry"))


def _incident(item: dict[str, Any]) -> dict[str, Any]:
    services, tags = item.get("impactedServices"), item.get("tags")
    extra = item.get("extraProperties")
    return {
        "incident_id": identifier(item, "id"),
        "tiny_id": text(item.get("tinyId")),
        "message": text(item.get("message")),
        "description": text(item.get("description")),
        "status": text(item.get("status")),
        "priority": text(item.get("priority")),
        "tags": json_text(tags) if isinstance(tags, list) else None,
        "service_ids": json_text(services) if isinstance(services, list) else None,
        "extra_properties": json_text(extra) if isinstance(extra, dict) else None,
        "owner_team": text(item.get("ownerTeam")) or None,
        "html_url": text(member(item.get("links"), "web")),
        "created_at": moment(item.get("createdAt")),
        "updated_at": moment(item.get("updatedAt")),
        "impact_start_at": moment(item.get("impactStartDate")),
        "impact_end_at": moment(item.get("impactEndDate")),
        "payload": json_text(item),
    }


def _entry(item: dict[str, Any], incident_id: str | None) -> dict[str, Any]:
    if not incident_id:
        raise ObjectError(
            "nothing says whose timeline the entry belongs to; save the page as "
            '`{"url": "<address of the page>", "body": {…}}`'
        )
    hidden = item.get("hidden")
    return {
        "entry_id": identifier(item, "id"),
        "incident_id": incident_id,
        "type": text(item.get("type")),
        "entry_group": text(item.get("group")),
        "actor_type": text(member(item.get("actor"), "type")),
        "is_hidden": hidden if isinstance(hidden, bool) else None,
        "occurred_at": moment(item.get("eventTime")),
        "payload": json_text(item),
    }


def _service(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "service_id": identifier(item, "id"),
        "name": text(item.get("name")),
        "team_id": text(item.get("teamId")),
        "description": text(item.get("description")),
        "html_url": text(member(item.get("links"), "web")),
        "payload": json_text(item),
    }
