"""Builds and definitions of Azure DevOps → rows.

`pipeline_path` is made of the ids of project and definition: both can be renamed, and events know
a project by its id alone.
"""

import re
from typing import Any

from dlt_pipelines.parsers.azure_devops.place import place_of
from dlt_pipelines.parsers.builds.reader import Place, identity
from dlt_pipelines.parsers.builds.values import (
    branch_of_ref,
    latest,
    repository_of_remote,
    seconds_between,
)
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import integer, moment, text
from dlt_pipelines.parsers.json_document import as_dict

DELIVERED, ANSWERED = 0, 1

_OVER = "completed"
# The first version of `build.complete` says in `status` what is the result everywhere else.
_RESULTS = ("succeeded", "partiallysucceeded", "failed", "stopped")
_CHANGE = re.compile(r"^refs/pull/(\d+)(?:/|$)")
_NAME = re.compile(r"^[^/\s:]+/[^/\s:]+$")


def path_of(project_id: Any, definition_id: Any) -> str | None:
    """Return the path of a definition, None where one of the ids is missing."""
    project, definition = text(project_id), integer(definition_id)
    return f"{project}/{definition}" if project and definition is not None else None


def repository_of(item: Any) -> str | None:
    """Return the repository as the address of its clones names it, else by its id."""
    repository = as_dict(item)
    named = text(repository.get("id")) or ""
    known = repository_of_remote(repository.get("url")) or repository_of_remote(named)
    return known or (named if _NAME.match(named) else None)


def build_values(item: dict[str, Any], place: Place, rank: int = ANSWERED) -> dict[str, Any]:
    """Return the row of a build as the API has it, or as `build.complete` delivers it."""
    at = place_of(item.get("url"))
    project, definition = as_dict(item.get("project")), as_dict(item.get("definition"))
    project_id = project.get("id") or as_dict(definition.get("project")).get("id")
    status, result = text(item.get("status")), text(item.get("result"))
    if result is None and (status or "").lower() in _RESULTS:
        status, result = _OVER, status
    is_running = status != _OVER
    queued, started = moment(item.get("queueTime")), moment(item.get("startTime"))
    finished = None if is_running else moment(item.get("finishTime"))
    build_id = identity(item.get("id"), "id")
    trigger = as_dict(item.get("triggerInfo"))
    ref = text(item.get("sourceBranch"))
    return {
        "server": at.server or place.server,
        "pipeline_path": path_of(project_id or at.pipeline_path, definition.get("id")),
        "build_id": build_id,
        "number": integer(item.get("id")),
        "name": definition_name(definition),
        "repository": repository_of(item.get("repository")),
        "status": status,
        "conclusion": result,
        "is_running": is_running,
        "event": text(item.get("reason")),
        "parent_build_id": text(as_dict(item.get("triggeredByBuild")).get("id")),
        # a change is built as the merge of it, which nobody else knows
        "head_branch": branch_of_ref(trigger.get("pr.sourceBranch") or ref),
        "head_sha": text(trigger.get("pr.sourceSha")) or text(item.get("sourceVersion")) or None,
        "pull_request_numbers": _changes(trigger, ref),
        "actor_login": _login(item),
        "agent_name": text(as_dict(item.get("queue")).get("name")),
        "created_at": queued,
        "started_at": started,
        "finished_at": finished,
        "updated_at": latest((queued, started, finished, moment(item.get("lastChangedDate")))),
        "queue_seconds": seconds_between(queued, started),
        "duration_seconds": seconds_between(started, finished),
        "html_url": text(as_dict(as_dict(item.get("_links")).get("web")).get("href")),
        "detail_rank": rank,
        "payload": json_text(item),
    }


def run_values(
    run: dict[str, Any], place: Place, project_id: Any, told_at: Any, remotes: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the row of a build as events and the API of pipelines call it: a run."""
    pipeline, link = as_dict(run.get("pipeline")), as_dict(as_dict(run.get("_links")).get("web"))
    own = as_dict(as_dict(as_dict(run.get("resources")).get("repositories")).get("self"))
    known = [repository_of(remote) for remote in (own.get("repository"), *remotes)]
    created = moment(run.get("createdDate"))
    is_running = text(run.get("state")) != _OVER
    finished = None if is_running else moment(run.get("finishedDate"))
    ref = text(own.get("refName"))
    return {
        "server": place.server,
        "pipeline_path": path_of(project_id or place.pipeline_path, pipeline.get("id")),
        "build_id": identity(run.get("id"), "id"),
        "number": integer(run.get("id")),
        "name": definition_name(pipeline),
        "repository": next((name for name in known if name), None),
        "status": text(run.get("state")),
        "conclusion": text(run.get("result")),
        "is_running": is_running,
        "head_branch": branch_of_ref(ref),
        "head_sha": text(own.get("version")) or None,
        "pull_request_numbers": _changes({}, ref),
        "created_at": created,
        "finished_at": finished,
        "updated_at": latest((created, finished, moment(told_at))),
        "html_url": text(link.get("href")),
        "detail_rank": DELIVERED,
        "payload": json_text(run),
    }


def definition_values(item: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return the row of a definition of builds."""
    at = place_of(item.get("url"))
    project, repository = as_dict(item.get("project")), as_dict(item.get("repository"))
    return {
        "server": at.server or place.server,
        "pipeline_path": path_of(project.get("id") or at.pipeline_path, item.get("id")),
        "pipeline_id": identity(item.get("id"), "id"),
        "name": definition_name(item),
        "kind": text(item.get("type")),
        "parent_path": text(item.get("path") or item.get("folder")),
        "repository": repository_of(repository),
        "default_branch": branch_of_ref(repository.get("defaultBranch")),
        "is_disabled": text(item.get("queueStatus")) == "disabled",
        "created_at": moment(item.get("createdDate")),
        "html_url": text(as_dict(as_dict(item.get("_links")).get("web")).get("href")),
        "detail_rank": ANSWERED,
        "payload": json_text(item),
    }


def definition_name(item: dict[str, Any]) -> str | None:
    """Return the name of a definition with the folders that hold it."""
    name = text(item.get("name"))
    folders = (text(item.get("path") or item.get("folder")) or "").strip("\\").split("\\")
    return "/".join([*filter(None, folders), name]) if name else None


def _changes(trigger: dict[str, Any], ref: str | None) -> str | None:
    found = _CHANGE.match(ref or "")
    number = integer(trigger.get("pr.number")) or (integer(found[1]) if found else None)
    return json_text([number]) if number is not None else None


def _login(item: dict[str, Any]) -> str | None:
    """Return for whom a build runs; behind a build of a change of GitHub is its author."""
    sender = text(as_dict(item.get("triggerInfo")).get("pr.sender.name"))
    person = as_dict(item.get("requestedFor"))
    return sender or text(person.get("uniqueName")) or text(person.get("displayName")) or None
