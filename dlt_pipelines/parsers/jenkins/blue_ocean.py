"""Answers of Blue Ocean: pipelines, runs, nodes (stages and parallel branches), artifacts.

`enQueueTime` is the `timestamp` of the REST API, when the build left the queue; what it waited
before is not told.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dlt_pipelines.parsers.builds.reader import Place, RowError, identity
from dlt_pipelines.parsers.builds.values import (
    branch_of_ref,
    decoded,
    latest,
    repository_of_remote,
    seconds_of_millis,
)
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import flag, integer, moment, text
from dlt_pipelines.parsers.jenkins.causes import origin_of_causes
from dlt_pipelines.parsers.jenkins.place import name_of, place_of
from dlt_pipelines.parsers.jenkins.rows import (
    BUILDING,
    COMPLETED,
    RANK_BLUE_OCEAN,
    artifact_values,
    with_job,
)
from dlt_pipelines.parsers.jenkins.stage_view import stage_times
from dlt_pipelines.parsers.json_document import as_dict, dicts

Pairs = Iterator[tuple[str, Mapping[str, Any]]]

_PACKAGE = "io.jenkins.blueocean."
_RUNNING = ("RUNNING", "PAUSED", "QUEUED")
_NO_RESULT = ("UNKNOWN", None)


def is_blue_ocean(item: dict[str, Any]) -> bool:
    """Tell an object of Blue Ocean by its class or by its own members."""
    return str(item.get("_class") or "").startswith(_PACKAGE) or (
        "enQueueTime" in item and "state" in item
    )


def rows_of(item: dict[str, Any], place: Place, not_kept: Callable[[str], None]) -> Pairs:
    """Yield the rows of an object."""
    kind = str(item.get("_class") or "").rpartition(".")[2]
    if "enQueueTime" in item and "state" in item:
        yield from with_job(_run(item, _place(item, place)))
    elif "fullName" in item and "organization" in item:
        yield "pipelines", _pipeline(item, place)
    elif kind == "PipelineNodeImpl" or ("firstParent" in item and "edges" in item):
        yield "stages", _node(item, _place(item, place))
    elif "Artifact" in kind and isinstance(item.get("path"), str):
        own = _place(item, place)
        yield "artifacts", artifact_values(own, item["path"], item, None)
    else:
        not_kept(kind)


def _place(item: dict[str, Any], place: Place) -> Place:
    href = text(as_dict(as_dict(item.get("_links")).get("self")).get("href"))
    found = place_of(href or "")
    if found.build_id is None:
        found = place
    if found.build_id is None:
        raise RowError("neither a link nor the address of the page says which build it is")
    return Place(place.server, found.pipeline_path, found.number, found.build_id)


def _run(item: dict[str, Any], own: Place) -> dict[str, Any]:
    is_running = text(item.get("state")) in _RUNNING
    result = text(item.get("result"))
    created, started = moment(item.get("enQueueTime")), moment(item.get("startTime"))
    finished = None if is_running else moment(item.get("endTime"))
    origin = origin_of_causes(dicts(item.get("causes")), own.pipeline_path)
    change = integer(as_dict(item.get("pullRequest")).get("id"))
    last_name = (own.pipeline_path or "").rpartition("/")[2]
    branch = as_dict(item.get("branch"))
    return {
        "server": own.server,
        "pipeline_path": own.pipeline_path,
        "build_id": own.build_id,
        "number": own.number,
        "name": text(item.get("name")),
        "repository": repository_of_remote(branch.get("url")),
        "status": BUILDING if is_running else COMPLETED,
        "conclusion": None if is_running or result in _NO_RESULT else result,
        "is_running": is_running,
        "event": origin.event,
        "causes": origin.causes,
        "parent_build_id": origin.parent_build_id,
        "parent_kind": origin.parent_kind,
        "head_branch": branch_of_ref(decoded(last_name)) if branch and change is None else None,
        "head_sha": text(item.get("commitId")),
        "pull_request_numbers": json_text([change]) if change is not None else None,
        "actor_login": origin.actor,
        "created_at": created or started,
        "started_at": started,
        "finished_at": finished,
        "updated_at": latest((created, started, finished)),
        "duration_seconds": None if is_running else seconds_of_millis(item.get("durationInMillis")),
        "detail_rank": RANK_BLUE_OCEAN,
        "payload": json_text(item),
    }


def _pipeline(item: dict[str, Any], place: Place) -> dict[str, Any]:
    path = "/".join(map(name_of, identity(item.get("fullName"), "fullName").split("/")))
    return {
        "server": place.server,
        "pipeline_path": path,
        "pipeline_id": path,
        "name": decoded(text(item.get("displayName")) or path),
        "kind": str(item.get("_class") or "").rpartition(".")[2] or None,
        "parent_path": path.rpartition("/")[0] or None,
        "repository": repository_of_remote(as_dict(item.get("branch")).get("url")),
        "is_disabled": flag(item.get("disabled")),
        "detail_rank": RANK_BLUE_OCEAN,
        "payload": json_text({name: part for name, part in item.items() if name != "latestRun"}),
    }


def _node(item: dict[str, Any], own: Place) -> dict[str, Any]:
    started = moment(item.get("startTime"))
    state, result = text(item.get("state")), text(item.get("result"))
    is_running = state in _RUNNING
    duration = None if is_running else seconds_of_millis(item.get("durationInMillis"))
    return {
        "server": own.server,
        "pipeline_path": own.pipeline_path,
        "build_id": own.build_id,
        "build_number": own.number,
        "stage_id": identity(item.get("id"), "id"),
        "name": text(item.get("displayName")),
        "kind": (text(item.get("type")) or "stage").lower(),
        "parent_stage_id": text(item.get("firstParent")),
        "status": BUILDING if is_running else COMPLETED,
        "conclusion": None if is_running or result in _NO_RESULT else result,
        **stage_times(started, duration),
        "detail_rank": RANK_BLUE_OCEAN,
        "payload": json_text(item),
    }
