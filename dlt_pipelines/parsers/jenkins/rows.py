"""Objects of the REST API and of notifications → rows.

Clocks are milliseconds since 1970. `timestamp` is when the build left the queue; what it waited
before is known where the metrics plugin is installed. A build that is still `building` is running,
whatever `result` says already.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dlt_pipelines.parsers.builds.reader import Place, RowError
from dlt_pipelines.parsers.builds.values import (
    branch_of_ref,
    host_of,
    latest,
    millis,
    moved,
    repository_of_remote,
    seconds_of_millis,
)
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import flag, integer, text
from dlt_pipelines.parsers.jenkins.causes import interruption_of, origin_of, revision_of
from dlt_pipelines.parsers.jenkins.place import build_id_of, displayed_place, place_of
from dlt_pipelines.parsers.json_document import as_dict, dicts

Pairs = Iterator[tuple[str, Mapping[str, Any]]]

# How much the kinds of answers know of a build.
RANK_FINALIZED, RANK_NOTIFICATION, RANK_STAGE_VIEW, RANK_BLUE_OCEAN, RANK_DISK, RANK_REST = range(6)

BUILDING, COMPLETED = "building", "completed"

_CHANGE = re.compile(r"^(?:PR|MR)-(\d+)(?:-(?:head|merge))?$")
_WAITS = ("waitingDurationMillis", "blockedDurationMillis", "buildableDurationMillis")
_DISABLED = ("disabled", "disabled_anime")
_OVER = ("COMPLETED", "FINALIZED")
_STOPPED = ("ABORTED", "NOT_BUILT")


def is_build(item: dict[str, Any]) -> bool:
    """Tell a build from a reference to one."""
    return (
        isinstance(item.get("number"), int)
        and not isinstance(item["number"], bool)
        and ("result" in item or "building" in item or "timestamp" in item)
    )


def is_pipeline(item: dict[str, Any]) -> bool:
    """Tell a job or a folder; a view has a name as well, and the address of its folder."""
    return (
        isinstance(item.get("name"), str)
        and bool({"url", "fullName", "color"} & item.keys())
        and "View" not in (_class_name(item) or "")
    )


def place_of_pipeline(item: dict[str, Any], place: Place) -> Place:
    """Return where a job or folder is: by its full name, its address, its parent's."""
    own = place_of(text(item.get("url")) or "")
    path = text(item.get("fullName")) or own.pipeline_path or place.pipeline_path
    return Place(own.server or place.server, path)


def pipeline_rows(item: dict[str, Any], place: Place) -> Pairs:
    """One row per job or folder as seen."""
    own = place_of_pipeline(item, place)
    if own.pipeline_path is None:
        raise RowError("neither `fullName` nor `url` says which job it is")
    enabled = flag(item.get("buildable"))
    is_disabled = text(item.get("color")) in _DISABLED if "color" in item else None
    inner = ("jobs", "builds", "allBuilds")
    yield (
        "pipelines",
        {
            "server": own.server,
            "pipeline_path": own.pipeline_path,
            "pipeline_id": own.pipeline_path,
            "name": text(item.get("displayName")) or text(item.get("name")),
            "kind": _class_name(item),
            "parent_path": own.pipeline_path.rpartition("/")[0] or None,
            "is_disabled": not enabled if enabled is not None else is_disabled,
            "html_url": text(item.get("url")),
            "detail_rank": RANK_REST,
            "payload": json_text({n: v for n, v in item.items() if n not in inner}),
        },
    )


def build_rows(item: dict[str, Any], place: Place) -> Pairs:
    """Rows of a build: the build, the job on its executor, its artifacts."""
    own = _place_of_build(item, place)
    started = millis(item.get("timestamp"))
    conclusion = text(item.get("result"))
    building = flag(item.get("building"))
    is_running = building if building is not None else conclusion is None
    duration = None if is_running else seconds_of_millis(item.get("duration"))
    queued = _queue_seconds(item)
    values = {
        **_common(own, origin_of(item, own.pipeline_path), revision_of(item, own.pipeline_path)),
        "name": text(item.get("displayName")),
        "status": BUILDING if is_running else COMPLETED,
        "conclusion": conclusion,
        "is_running": is_running,
        "cancel_reason": interruption_of(item) if conclusion in _STOPPED else None,
        "agent_name": text(item.get("builtOn")) or None,
        **_times(started, duration, queued),
        "queue_seconds": queued,
        "html_url": text(item.get("url")),
        "detail_rank": RANK_REST,
        # what a matrix built of its configurations are builds of their own
        "payload": json_text({name: part for name, part in item.items() if name != "runs"}),
    }
    yield from with_job(values)
    for artifact in dicts(item.get("artifacts")):
        path = text(artifact.get("relativePath")) or text(artifact.get("fileName"))
        if path:
            yield "artifacts", artifact_values(own, path, artifact, text(item.get("url")))


def notification_rows(item: dict[str, Any], place: Place) -> Pairs:
    """Rows of what the notification plugin sends: `phase` says what its `timestamp` means."""
    build = as_dict(item.get("build"))
    url = text(build.get("full_url")) or text(build.get("url")) or ""
    found = place_of(url)
    number = integer(build.get("number"))
    path = found.pipeline_path or text(item.get("name"))
    phase = (text(build.get("phase")) or "").upper()
    build_id = build_id_of(path, number)
    if build_id is None:
        raise RowError("the notification names no build")
    if phase == "QUEUED":  # sent together with STARTED; its time is when the queue began
        return
    own = Place(found.server or place.server, path, number, build_id)
    at = millis(build.get("timestamp"))
    conclusion = text(build.get("status"))
    # a step of a pipeline may notify of any phase, while its build runs on without a result
    is_running = phase not in _OVER or conclusion is None
    duration = None if is_running else seconds_of_millis(build.get("duration"))
    finished = None if is_running else at
    started = at if phase == "STARTED" else None
    if started is None and finished is not None and duration:
        started = moved(finished, -duration)
    scm = as_dict(build.get("scm"))
    values = {
        "server": own.server,
        "pipeline_path": path,
        "build_id": build_id,
        "number": number,
        "repository": repository_of_remote(scm.get("url")),
        "status": BUILDING if is_running else COMPLETED,
        "conclusion": None if is_running else conclusion,
        "is_running": is_running,
        "head_branch": branch_of_ref(scm.get("branch")),
        "head_sha": text(scm.get("commit")),
        "pull_request_numbers": _change_numbers(path),
        "created_at": started,
        "started_at": started,
        "finished_at": finished,
        # that a build began may be told after it was over
        "updated_at": latest((started, finished)) or place.received_at,
        "duration_seconds": duration,
        "html_url": url if host_of(url) else None,
        # that it was finalized is told when its log is closed, some time after it was over
        "detail_rank": RANK_FINALIZED if phase == "FINALIZED" else RANK_NOTIFICATION,
        "payload": json_text(item),
    }
    yield from with_job(values)


def with_job(values: dict[str, Any]) -> Pairs:
    """Yield a build and the one job that it is to the executors."""
    yield "builds", values
    same = (
        "server", "pipeline_path", "build_id", "status", "conclusion", "is_running", "agent_name",
        "created_at", "started_at", "finished_at", "updated_at", "queue_seconds", "html_url",
        "detail_rank",
    )  # fmt: skip
    job = {
        **{name: values.get(name) for name in same},
        "build_number": values["number"],
        "job_id": values["build_id"],
        "name": values["pipeline_path"],
        "kind": "build",
        "runnable_at": values.get("created_at"),
    }
    # no object of Jenkins': what tells the versions of the job apart are its values
    yield "jobs", {**job, "payload": json_text(job)}


def artifact_values(
    own: Place, path: str, artifact: dict[str, Any], url: str | None
) -> dict[str, Any]:
    """Values of one file that a build left behind; `url` is the address of the build."""
    return {
        "server": own.server,
        "pipeline_path": own.pipeline_path,
        "build_id": own.build_id,
        "build_number": own.number,
        "job_id": own.build_id,
        "artifact_id": f"{own.build_id}:{path}",
        "path": path,
        "size_bytes": integer(artifact.get("size")),
        "download_url": f"{url.rstrip('/')}/artifact/{path}" if url else text(artifact.get("url")),
        "payload": json_text(artifact),
    }


def _place_of_build(item: dict[str, Any], place: Place) -> Place:
    own = place_of(text(item.get("url")) or "")
    shown_path, shown_number = displayed_place(text(item.get("fullDisplayName")))
    number = integer(item.get("number"))
    if number is None:
        number = own.number if own.number is not None else shown_number
    path = own.pipeline_path or place.pipeline_path or shown_path
    build_id = build_id_of(path, number)
    if build_id is None:
        raise RowError("neither `url` nor the address of the page says which job was built")
    return Place(own.server or place.server, path, number, build_id)


def _common(own: Place, origin: Any, revision: Any) -> dict[str, Any]:
    return {
        "server": own.server,
        "pipeline_path": own.pipeline_path,
        "build_id": own.build_id,
        "number": own.number,
        "repository": revision.repository,
        "event": origin.event,
        "causes": origin.causes,
        "parent_build_id": origin.parent_build_id,
        "parent_kind": origin.parent_kind,
        "head_branch": revision.branch,
        "head_sha": revision.sha,
        "pull_request_numbers": _change_numbers(own.pipeline_path),
        "actor_login": origin.actor,
    }


def _times(
    started: datetime | None, duration: float | None, queued: float | None
) -> dict[str, Any]:
    finished = None
    if started is not None and duration is not None:
        finished = moved(started, duration)
    created = started
    if started is not None and queued is not None:
        created = moved(started, -queued)
    return {
        "created_at": created,
        "started_at": started,
        "finished_at": finished,
        "updated_at": latest((started, finished)),
        "duration_seconds": duration,
    }


def _queue_seconds(item: dict[str, Any]) -> float | None:
    """Return how long the build waited, as the metrics plugin measured it."""
    for action in dicts(item.get("actions")):
        whole = seconds_of_millis(action.get("queuingDurationMillis"))
        if whole is not None:
            return whole
        parts = [seconds_of_millis(action.get(name)) for name in _WAITS]
        known = [part for part in parts if part is not None]
        if known:
            return sum(known)
    return None


def _change_numbers(path: str | None) -> str | None:
    """Return the change that a job of a multibranch project is for, as a JSON list."""
    found = _CHANGE.match((path or "").rpartition("/")[2])
    return json_text([integer(found[1])]) if found else None


def _class_name(item: dict[str, Any]) -> str | None:
    name = text(item.get("_class"))
    return name.rpartition(".")[2] if name else None


def at_build(place: Place, path: str | None, number: int | None) -> Place:
    """Return the place of a build of a job."""
    return replace(place, pipeline_path=path, number=number, build_id=build_id_of(path, number))
