"""`testops dora deploy` and `testops dora incident`: record by hand what no source knows."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from testops.cli.output import print_json
from testops.recording import deployment_record, incident_record, keep
from testops.settings import settings


def record_deployment(values: Mapping[str, Any], *, json_output: bool) -> None:
    """Keep a deployment; `values` are the arguments of `deployment_record`."""
    now = datetime.now(UTC)
    _keep(deployment_record(**values, now=now), now, json_output=json_output)


def record_incident(values: Mapping[str, Any], *, json_output: bool) -> None:
    """Keep an incident; `values` are the arguments of `incident_record`."""
    _keep(incident_record(**values), datetime.now(UTC), json_output=json_output)


def _keep(record: dict[str, Any], now: datetime, *, json_output: bool) -> None:
    kept = keep(settings().home, record, now)
    if json_output:
        print_json({"is_new": kept.is_new, "path": str(kept.path), "record": kept.record})
        return
    state = "recorded" if kept.is_new else "known already, nothing was written"
    kind, record_id = kept.record["kind"], kept.record["id"]
    sys.stdout.write(f"{kind} `{record_id}`: {state}; the next `testops run` loads it\n")
