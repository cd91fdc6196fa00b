"""Records made by hand (`testops dora deploy`, `testops dora incident`) → rows.

A record is one JSON object with `kind` (`deployment` or `incident`), `id` and `recorded_at`. The
same id recorded again is a correction: the one recorded last counts.
"""

from datetime import datetime
from typing import Any

import pyarrow as pa

from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import moment, text
from dlt_pipelines.parsers.objects import Findings, ObjectError, identifier, schemas_of

DEPLOYMENTS, INCIDENTS = "deployments", "incidents"

SCHEMAS: dict[str, pa.Schema] = schemas_of(
    {
        DEPLOYMENTS: """
            deployment_id:text repository:text environment:text service:text sha:text ref:text
            result:text started_at:at finished_at:at html_url:text recorded_at:at payload:text
        """,
        INCIDENTS: """
            incident_id:text service:text repository:text title:text severity:text
            named_deployment_id:text opened_at:at acknowledged_at:at closed_at:at html_url:text
            recorded_at:at payload:text
        """,
    }
)
KEYS = {DEPLOYMENTS: ("deployment_id",), INCIDENTS: ("incident_id",)}

RESULTS = ("success", "failure", "unfinished")


def read(document: Any, _address: str = "") -> Findings:
    """Read one record, or a list of them."""
    findings = Findings()
    for item in document if isinstance(document, list) else [document]:
        try:
            findings.rows.append(_row(item))
        except ObjectError as error:
            findings.rejected.append((item, str(error)))
    return findings


def _row(item: Any) -> tuple[str, dict[str, Any]]:
    kind = item.get("kind") if isinstance(item, dict) else None
    if kind == "deployment":
        return DEPLOYMENTS, _deployment(item)
    if kind == "incident":
        return INCIDENTS, _incident(item)
    raise ObjectError("`kind` is neither `deployment` nor `incident`")


def _deployment(item: dict[str, Any]) -> dict[str, Any]:
    result = item.get("result", "success")
    if result not in RESULTS:
        raise ObjectError(f"`result` is `{result}`, none of {', '.join(RESULTS)}")
    return {
        "deployment_id": identifier(item, "id"),
        "repository": identifier(item, "repository"),
        "environment": identifier(item, "environment"),
        "service": _word(item, "service"),
        "sha": identifier(item, "sha").lower(),
        "ref": _word(item, "ref"),
        "result": result,
        "started_at": _at(item, "started_at"),
        "finished_at": _needed(item, "at"),
        "html_url": _word(item, "url"),
        "recorded_at": _needed(item, "recorded_at"),
        "payload": json_text(item),
    }


def _incident(item: dict[str, Any]) -> dict[str, Any]:
    opened_at, closed_at = _needed(item, "opened_at"), _at(item, "closed_at")
    if closed_at is not None and closed_at < opened_at:
        raise ObjectError("`closed_at` is before `opened_at`")
    service, repository = _word(item, "service"), _word(item, "repository")
    if not service and not repository:
        raise ObjectError("neither `service` nor `repository` says what the incident hit")
    return {
        "incident_id": identifier(item, "id"),
        "service": service,
        "repository": repository,
        "title": _word(item, "title"),
        "severity": _word(item, "severity"),
        "named_deployment_id": _word(item, "deployment"),
        "opened_at": opened_at,
        "acknowledged_at": _at(item, "acknowledged_at"),
        "closed_at": closed_at,
        "html_url": _word(item, "url"),
        "recorded_at": _needed(item, "recorded_at"),
        "payload": json_text(item),
    }


def _word(item: dict[str, Any], name: str) -> str | None:
    value = text(item.get(name))
    return value.strip() or None if value else None


def _at(item: dict[str, Any], name: str) -> datetime | None:
    value = item.get(name)
    found = moment(value)
    if value is not None and found is None:
        raise ObjectError(f"`{name}` is `{value}`, which is no instant")
    return found


def _needed(item: dict[str, Any], name: str) -> datetime:
    found = _at(item, name)
    if found is None:
        raise ObjectError(f"`{name}` is missing")
    return found
