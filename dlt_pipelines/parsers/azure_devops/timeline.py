"""Records of a build's timeline → rows of stages, jobs and steps.

A timeline is a flat list; `parentId` leads from a task to its job, phase and stage. A record of a
later attempt is another record, with an id of its own and the earlier ones in `previousAttempts`;
ids are made of names, so that every build has the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dlt_pipelines.parsers.azure_devops.place import place_of
from dlt_pipelines.parsers.azure_devops.rows import ANSWERED, DELIVERED
from dlt_pipelines.parsers.builds.reader import Place, RowError, identity
from dlt_pipelines.parsers.builds.values import latest, seconds_between
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import integer, moment, text
from dlt_pipelines.parsers.json_document import as_dict, dicts

Pairs = Iterator[tuple[str, Mapping[str, Any]]]
Record = dict[str, Any]
Reject = Callable[[Any, str], None]

APPROVAL = "Checkpoint.Approval"

_DEFAULT = "__default"
_DEEPEST = 12


def timeline_rows(document: Mapping[str, Any], place: Place, reject: Reject) -> Pairs:
    """Yield the rows of a timeline, or of a single record of one; hand on those that are none.

    Raises:
        RowError: Nothing says of which build it is.
    """
    records = dicts(document.get("records")) if "records" in document else [dict(document)]
    at = _place(document, records, place)
    if at.build_id is None:
        raise RowError("the timeline does not name its build, and neither does its page")
    tree = _Tree(records)
    for record in records:
        table, values_of = _KINDS.get(text(record.get("type")) or "", ("stages", _stage))
        try:
            values = values_of(record, tree, at.build_id)
        except RowError as error:
            reject(record, str(error))
        else:
            yield table, {"server": at.server, "build_id": at.build_id, **values}


def job_values(item: Record, stage: Record, build_id: str) -> dict[str, Any]:
    """Return what an event tells of a job; which agent ran it, it does not say."""
    return {
        "build_id": build_id,
        "job_id": f"{build_id}:{identity(item.get('id'), 'id')}",
        "name": text(item.get("displayName")) or text(item.get("name")),
        "kind": "Job",
        "stage_name": _shown(text(stage.get("displayName")) or text(stage.get("name"))),
        "attempt": integer(item.get("attempt")),
        **_ends(item),
        "detail_rank": DELIVERED,
        "payload": json_text(item),
    }


def stage_values(item: Record, build_id: str) -> dict[str, Any]:
    """Return what an event tells of a stage."""
    ends = _ends(item)
    return {
        "build_id": build_id,
        "stage_id": f"{build_id}:{identity(item.get('id'), 'id')}",
        "name": _shown(text(item.get("displayName")) or text(item.get("name"))),
        "kind": "Stage",
        "attempt": integer(item.get("attempt")),
        **ends,
        "detail_rank": DELIVERED,
        "payload": json_text(item),
    }


class _Tree:
    """The records by their ids, and what stands above each."""

    def __init__(self, records: list[Record]) -> None:
        self._by_id = {text(record.get("id")): record for record in records}
        stages = (record for record in records if record.get("type") == "Stage")
        self._names = Counter(map(_named, stages))

    def above(self, record: Record, kind: str) -> Record:
        """Return the nearest record of a kind above another one, empty where there is none."""
        for _ in range(_DEEPEST):
            record = self._by_id.get(text(record.get("parentId")) or "", {})
            if not record or record.get("type") == kind:
                return record
        return {}

    def stage_name(self, record: Record) -> str | None:
        """Return what a stage is called; two that are shown by one name say what they are."""
        name = _shown(text(record.get("name")))
        if name and self._names[_named(record)] > 1:
            return f"{name} ({text(record.get('identifier'))})"
        return name


def _place(document: Mapping[str, Any], records: list[Record], place: Place) -> Place:
    logs = (as_dict(record.get("log")).get("url") for record in records)
    told = [place_of(url) for url in (document.get("url"), *logs) if isinstance(url, str)]
    found = next((at for at in told if at.build_id), Place())
    return Place(found.server or place.server, build_id=place.build_id or found.build_id)


def _named(stage: Record) -> tuple[str | None, int | None]:
    return text(stage.get("name")), integer(stage.get("attempt"))


def _shown(name: str | None) -> str | None:
    """Return the name of a stage; the only one of a pipeline has none."""
    return None if name == _DEFAULT else name


def _ends(record: Record) -> dict[str, Any]:
    status = text(record.get("state"))
    is_running = status != "completed"
    started = moment(record.get("startTime"))
    finished = None if is_running else moment(record.get("finishTime"))
    return {
        "status": status,
        "conclusion": text(record.get("result")),
        "is_running": is_running,
        "started_at": started,
        "finished_at": finished,
        "updated_at": latest((started, finished)),
        "duration_seconds": seconds_between(started, finished),
    }


def _errors(record: Record) -> str | None:
    """Return what the service or the agent has to say of a record that went wrong."""
    issues = dicts(record.get("issues"))
    said = [text(issue.get("message")) for issue in issues if issue.get("type") == "error"]
    return " | ".join(message for message in said if message) or None


def _stage(record: Record, tree: _Tree, build_id: str) -> dict[str, Any]:
    kind, parent = text(record.get("type")), text(record.get("parentId"))
    return {
        "stage_id": f"{build_id}:{identity(record.get('id'), 'id')}",
        "name": tree.stage_name(record) if kind == "Stage" else text(record.get("name")),
        "stage_index": integer(record.get("order")),
        "kind": kind,
        "parent_stage_id": f"{build_id}:{parent}" if parent else None,
        "attempt": integer(record.get("attempt")),
        "agent_name": text(record.get("workerName")),
        **_ends(record),
        "detail_rank": ANSWERED,
        "payload": json_text(record),
    }


def _job(record: Record, tree: _Tree, build_id: str) -> dict[str, Any]:
    ends = _ends(record)
    is_approval = record.get("type") == APPROVAL
    # Nobody tells when an agent was asked for. A phase begins when all it waited for is over.
    phase = tree.above(record, "Phase")
    return {
        "job_id": f"{build_id}:{identity(record.get('id'), 'id')}",
        "name": text(record.get("name")),
        "kind": "approval" if is_approval else "Job",
        "stage_name": tree.stage_name(tree.above(record, "Stage")),
        "step_key": text(record.get("identifier")),
        "attempt": integer(record.get("attempt")),
        **ends,
        "cancel_reason": _errors(record),
        "queue_name": text(record.get("queueId")),
        "agent_name": text(record.get("workerName")),
        "runnable_at": ends["started_at"] if is_approval else moment(phase.get("startTime")),
        "detail_rank": ANSWERED,
        "payload": json_text(record),
    }


def _step(record: Record, tree: _Tree, build_id: str) -> dict[str, Any]:
    job = text(tree.above(record, "Job").get("id")) or text(record.get("parentId"))
    return {
        "step_id": f"{build_id}:{identity(record.get('id'), 'id')}",
        "job_id": f"{build_id}:{job}" if job else None,
        "number": integer(record.get("order")),
        "name": text(record.get("name")),
        "kind": text(as_dict(record.get("task")).get("name")),
        "error_message": _errors(record),
        **_ends(record),
        "detail_rank": ANSWERED,
        "payload": json_text(record),
    }


_KINDS = {"Job": ("jobs", _job), APPROVAL: ("jobs", _job), "Task": ("steps", _step)}
