"""Bodies of webhooks → the objects that the API would show, as far as the webhook tells."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dlt_pipelines.parsers.github.values import instant, integer, member
from dlt_pipelines.parsers.json_document import as_dict, as_list

Objects = Iterator[tuple[str, dict[str, Any]]]

_SHA_AT_END = re.compile(r"/commits?/([0-9a-f]{7,64})$")
# Approvals say who and when at the moment they are given; the merge request itself does not.
_APPROVALS = {
    "approved": "approved",
    "approval": "approved",
    "unapproved": "unapproved",
    "unapproval": "unapproved",
}


def objects_of(body: Mapping[str, Any]) -> Objects:
    """Yield (kind, object) of everything that a delivery tells of."""
    kind = str(body.get("object_kind"))
    make = _MAKERS.get(kind)
    if make is None:
        yield (kind if kind in ("push", "tag_push", "release") else "other_delivery"), dict(body)
        return
    project = as_dict(body.get("project"))
    if "path_with_namespace" in project:
        yield "project", project
    yield from make(body, project)


def _page(project: Mapping[str, Any], things: str, number: Any) -> str | None:
    site = project.get("web_url") or project.get("homepage")
    return f"{site}/-/{things}/{number}" if isinstance(site, str) else None


def _pipeline(body: Mapping[str, Any], project: Mapping[str, Any]) -> Objects:
    # the variables of a pipeline are left out, because they may be secrets
    attributes = {
        name: value
        for name, value in as_dict(body.get("object_attributes")).items()
        if name != "variables"
    }
    change = as_dict(body.get("merge_request"))
    builds = [build for build in as_list(body.get("builds")) if isinstance(build, dict)]
    pipeline = {
        **attributes,
        "updated_at": _newest_time(attributes, *builds),
        "project_id": project.get("id"),
        "user": body.get("user"),
        "web_url": attributes.get("url") or _page(project, "pipelines", attributes.get("id")),
        "merge_request_iid": change.get("iid"),
        "source_pipeline": body.get("source_pipeline"),
        "is_delivered": True,
    }
    yield "pipeline", pipeline
    for build in builds:
        yield (
            "job",
            {
                **build,
                "project_id": project.get("id"),
                "pipeline": {"id": attributes.get("id"), "sha": attributes.get("sha")},
                "ref": attributes.get("ref"),
                "tag": attributes.get("tag"),
                "web_url": _page(project, "jobs", build.get("id")),
                "is_delivered": True,
            },
        )


def _newest_time(*items: Mapping[str, Any]) -> str | None:
    """Return the last thing that happened to a pipeline or a job of it.

    Deliveries overtake each other, so the time of their coming does not tell which of two states
    is the later one; and it is later than the time of any change that the API tells.
    """
    times = [
        at
        for item in items
        for name in ("created_at", "started_at", "finished_at")
        if (at := instant(item.get(name))) is not None
    ]
    return max(times).isoformat() if times else None


def _job(body: Mapping[str, Any], project: Mapping[str, Any]) -> Objects:
    build = {
        name.removeprefix("build_"): value
        for name, value in body.items()
        if name.startswith("build_")
    }
    home = project or as_dict(body.get("repository"))
    yield (
        "job",
        {
            **build,
            "project_id": body.get("project_id"),
            "pipeline": {"id": body.get("pipeline_id"), "sha": body.get("sha")},
            "ref": body.get("ref"),
            "tag": body.get("tag"),
            "user": body.get("user"),
            "runner": body.get("runner"),
            "web_url": _page(home, "jobs", build.get("id")),
            "is_delivered": True,
        },
    )


def _merge_request(body: Mapping[str, Any], project: Mapping[str, Any]) -> Objects:
    attributes = as_dict(body.get("object_attributes"))
    user = as_dict(body.get("user"))
    number = attributes.get("iid")
    action = _APPROVALS.get(str(attributes.get("action")))
    if action:
        yield (
            "review",
            {
                "project_id": project.get("id"),
                "web_url": _page(project, "merge_requests", number),
                "merge_request_iid": number,
                "state": action,
                "author": user,
                "created_at": attributes.get("updated_at"),
            },
        )
    is_author = user.get("id") is not None and user.get("id") == attributes.get("author_id")
    is_merged = attributes.get("state") == "merged"
    is_closed = attributes.get("state") == "closed"
    # the moment of the delivery is that of the change; later deliveries must not move it
    happened_at = attributes.get("updated_at")
    yield (
        "merge_request",
        {
            **attributes,
            "project_id": attributes.get("target_project_id") or project.get("id"),
            "author": user if is_author else None,
            "sha": member(attributes.get("last_commit"), "id"),
            "labels": attributes.get("labels") or body.get("labels"),
            "web_url": _page(project, "merge_requests", number) or attributes.get("url"),
            "merged_at": happened_at if is_merged and attributes.get("action") == "merge" else None,
            "closed_at": happened_at if is_closed and attributes.get("action") == "close" else None,
            "is_delivered": True,
        },
    )


def _note(body: Mapping[str, Any], project: Mapping[str, Any]) -> Objects:
    attributes = as_dict(body.get("object_attributes"))
    change = as_dict(body.get("merge_request"))
    if attributes.get("noteable_type") != "MergeRequest" or not change:
        yield "other_delivery", dict(attributes)
        return
    yield (
        "note",
        {
            **{name: attributes.get(name) for name in ("id", "system", "created_at", "action")},
            "body": attributes.get("note"),
            "noteable_type": "MergeRequest",
            "noteable_iid": change.get("iid"),
            "project_id": project.get("id"),
            "author": body.get("user"),
            "web_url": _page(project, "merge_requests", change.get("iid")),
        },
    )


def _deployment(body: Mapping[str, Any], project: Mapping[str, Any]) -> Objects:
    found = _SHA_AT_END.search(str(body.get("commit_url")))
    yield (
        "deployment",
        {
            "id": body.get("deployment_id"),
            "status": body.get("status"),
            "ref": body.get("ref"),
            "sha": found[1] if found else None,
            "environment": {"name": body.get("environment")},
            "user": body.get("user"),
            "deployable": {
                "id": integer(body.get("deployable_id")),
                "web_url": body.get("deployable_url"),
            },
            "project_id": project.get("id"),
            "updated_at": body.get("status_changed_at"),
            "is_delivered": True,
        },
    )


def _issue(body: Mapping[str, Any], project: Mapping[str, Any]) -> Objects:
    attributes = as_dict(body.get("object_attributes"))
    user = as_dict(body.get("user"))
    is_author = user.get("id") is not None and user.get("id") == attributes.get("author_id")
    is_closed = attributes.get("action") == "close"
    yield (
        "issue",
        {
            **attributes,
            "project_id": attributes.get("project_id") or project.get("id"),
            "author": user if is_author else None,
            "labels": attributes.get("labels") or body.get("labels"),
            "web_url": _page(project, "issues", attributes.get("iid")),
            "closed_at": attributes.get("closed_at")
            or (attributes.get("updated_at") if is_closed else None),
            "is_delivered": True,
        },
    )


_MAKERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Objects]] = {
    "pipeline": _pipeline,
    "build": _job,
    "merge_request": _merge_request,
    "note": _note,
    "deployment": _deployment,
    "issue": _issue,
    "incident": _issue,
    "work_item": _issue,
}
