"""Objects → values of columns. What is missing or of another type is NULL, never a guess."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import flag, instant, integer, member, text
from dlt_pipelines.parsers.gitlab.place import Place, project_of
from dlt_pipelines.parsers.gitlab.values import label_names, measure
from dlt_pipelines.parsers.json_document import as_dict
from dlt_pipelines.parsers.objects import ObjectError

Item = Mapping[str, Any]
Values = Iterator[dict[str, Any]]

_CHANGE_REF = "refs/merge-requests/"
_APPROVED, _UNAPPROVED = "approved", "unapproved"
# What GitLab writes into the discussion when somebody judges a merge request.
_SYSTEM_NOTES = (
    ("approved this merge request", _APPROVED),
    ("unapproved this merge request", _UNAPPROVED),
    ("requested changes", "requested_changes"),
)


def _common(item: Item, place: Place, url: Any = None) -> dict[str, Any]:
    """Return what every row has: where it belongs, and the object whole."""
    server, repository = project_of(url or item.get("web_url"))
    return {
        "server": server or place.server,
        "project_id": integer(item.get("project_id")) or place.project_id,
        "repository": repository or place.repository,
        "payload": json_text(item),
    }


def _id(item: Item, name: str = "id") -> int:
    found = integer(item.get(name))
    if found is None:
        raise ObjectError(f"`{name}` is missing or no number")
    return found


def _project(item: Item, place: Place) -> Values:
    server, path = project_of(item.get("web_url"))
    namespace = item.get("namespace")
    yield {
        "server": server or place.server,
        "project_id": _id(item),
        "repository": text(item.get("path_with_namespace")) or path,
        "default_branch": text(item.get("default_branch")),
        "namespace": text(member(namespace, "full_path"))
        or (text(item.get("path_with_namespace")) or "").rpartition("/")[0]
        or None,
        "visibility": text(item.get("visibility")),
        "is_fork": "forked_from_project" in item if "visibility" in item else None,
        "is_archived": flag(item.get("archived")),
        "html_url": text(item.get("web_url")),
        "created_at": instant(item.get("created_at")),
        "updated_at": instant(item.get("updated_at")) or instant(item.get("last_activity_at")),
        "payload": json_text(item),
    }


def _pipeline(item: Item, place: Place) -> Values:
    ref = text(item.get("ref"))
    parent = as_dict(item.get("source_pipeline"))
    number = integer(item.get("merge_request_iid"))
    if number is None and ref and ref.startswith(_CHANGE_REF):
        number = integer(ref.removeprefix(_CHANGE_REF).partition("/")[0])
    yield {
        **_common(item, place),
        "pipeline_id": _id(item),
        "number": integer(item.get("iid")),
        "name": text(item.get("name")),
        "event": text(item.get("source")),
        "status": text(item.get("status")),
        "failure_reason": "config_error" if item.get("yaml_errors") else None,
        "ref": ref,
        "sha": text(item.get("sha")),
        "is_tag": flag(item.get("tag")),
        "merge_request_number": number,
        "actor_login": text(member(item.get("user"), "username")),
        "parent_pipeline_id": integer(parent.get("pipeline_id")),
        "html_url": text(item.get("web_url")),
        "duration_seconds": measure(item.get("duration")),
        "queued_seconds": measure(item.get("queued_duration")),
        "coverage": measure(item.get("coverage")),
        "created_at": instant(item.get("created_at")),
        "started_at": instant(item.get("started_at")),
        "finished_at": instant(item.get("finished_at")),
        "updated_at": instant(item.get("updated_at")) or _delivered_at(item, place),
    }


def _delivered_at(item: Item, place: Place) -> Any:
    return place.received_at if item.get("is_delivered") else None


def _job(item: Item, place: Place, kind: str = "job") -> Values:
    pipeline, runner = as_dict(item.get("pipeline")), as_dict(item.get("runner"))
    downstream = as_dict(item.get("downstream_pipeline"))
    tags = item.get("tag_list") or runner.get("tags")
    status = text(item.get("status"))
    common = _common(item, place)
    yield {
        **common,
        "project_id": common["project_id"] or integer(pipeline.get("project_id")),
        "job_id": _id(item),
        "pipeline_id": integer(pipeline.get("id"))
        or integer(item.get("pipeline_id"))
        or place.pipeline,
        "kind": kind,
        "name": text(item.get("name")),
        "stage": text(item.get("stage")),
        "status": status,
        # deliveries name a reason for every job, also for those that did not fail
        "failure_reason": text(item.get("failure_reason")) if status == "failed" else None,
        "is_allowed_to_fail": flag(item.get("allow_failure")),
        "is_manual": flag(item.get("manual")) or (True if status == "manual" else None),
        "ref": text(item.get("ref")),
        "sha": text(member(item.get("commit"), "id")) or text(pipeline.get("sha")),
        "is_tag": flag(item.get("tag")),
        "actor_login": text(member(item.get("user"), "username")),
        "runner_id": integer(runner.get("id")),
        "runner_name": text(runner.get("description")) or text(runner.get("name")),
        "runner_type": text(runner.get("runner_type")),
        "runner_tags": json_text(tags) if isinstance(tags, list) else None,
        "downstream_project_id": integer(downstream.get("project_id")),
        "downstream_pipeline_id": integer(downstream.get("id")),
        "html_url": text(item.get("web_url")),
        "duration_seconds": measure(item.get("duration")),
        "queued_seconds": measure(item.get("queued_duration")),
        "coverage": measure(item.get("coverage")),
        "created_at": instant(item.get("created_at")),
        "started_at": instant(item.get("started_at")),
        "finished_at": instant(item.get("finished_at")),
        "erased_at": instant(item.get("erased_at")),
        "seen_at": _delivered_at(item, place),
    }


def _bridge(item: Item, place: Place) -> Values:
    yield from _job(item, place, "bridge")


def _merge_train_car(item: Item, place: Place) -> Values:
    pipeline = as_dict(item.get("pipeline"))
    if pipeline:  # what has just joined the train has none yet
        yield from _pipeline(pipeline, place)


def _merge_request(item: Item, place: Place) -> Values:
    author = as_dict(item.get("author"))
    changes = text(item.get("changes_count")) or ""
    yield {
        **_common(item, place),
        "merge_request_id": _id(item),
        "number": _id(item, "iid"),
        "state": text(item.get("state")),
        "title": text(item.get("title")),
        "author_login": text(author.get("username")),
        "author_type": "Bot" if author.get("bot") is True else None,
        "source_branch": text(item.get("source_branch")),
        "target_branch": text(item.get("target_branch")),
        "source_project_id": integer(item.get("source_project_id")),
        "sha": text(item.get("sha")),
        "merge_commit_sha": text(item.get("merge_commit_sha")),
        "squash_commit_sha": text(item.get("squash_commit_sha")),
        "labels": label_names(item.get("labels")),
        "changed_file_count": integer(changes.removesuffix("+")),
        "is_draft": flag(item.get("draft")) or flag(item.get("work_in_progress")),
        "html_url": text(item.get("web_url")),
        "created_at": instant(item.get("created_at")),
        "updated_at": instant(item.get("updated_at")),
        "closed_at": instant(item.get("closed_at")),
        "merged_at": instant(item.get("merged_at")),
    }


def _merge_request_commit(item: Item, place: Place) -> Values:
    sha = text(item.get("id"))
    if not sha:
        raise ObjectError("`id` is missing, which is the hash of a commit")
    yield {
        **_common(item, place),
        "sha": sha,
        "number": place.merge_request,
        "list_head_sha": place.list_head_sha,
        "author_name": text(item.get("author_name")),
        "author_email": text(item.get("author_email")),
        "authored_at": instant(item.get("authored_date")),
        "committed_at": instant(item.get("committed_date")) or instant(item.get("created_at")),
    }


def _review(item: Item, place: Place) -> Values:
    at, login = instant(item.get("created_at")), text(member(item.get("author"), "username"))
    number = integer(item.get("merge_request_iid")) or place.merge_request
    state = text(item.get("state"))
    # by person and second, so that the same judgement is one whoever tells of it
    moment = at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "unknown"
    yield {
        **_common(item, place),
        "review_id": f"{state}:{login}:{moment}",
        "number": number,
        "reviewer_login": login,
        "state": state,
        "submitted_at": at,
    }


def _note(item: Item, place: Place) -> Values:
    if item.get("noteable_type") != "MergeRequest":
        return
    number = integer(item.get("noteable_iid")) or place.merge_request
    body = text(item.get("body")) or ""
    if item.get("system") is True:
        for words, state in _SYSTEM_NOTES:
            if body.startswith(words):
                yield from _review({**item, "state": state, "merge_request_iid": number}, place)
        return
    yield {
        **_common(item, place),
        "review_id": str(_id(item)),
        "number": number,
        "reviewer_login": text(member(item.get("author"), "username")),
        "state": "commented",
        "submitted_at": instant(item.get("created_at")),
    }


def _approvals(item: Item, place: Place) -> Values:
    approved = item.get("approved_by")
    for approval in approved if isinstance(approved, list) else []:
        # without its time an approval says nothing that the discussion does not say better
        if instant(as_dict(approval).get("approved_at")):
            yield from _review(
                {
                    **{name: item.get(name) for name in ("project_id", "web_url")},
                    "merge_request_iid": item.get("iid"),
                    "state": _APPROVED,
                    "author": as_dict(approval).get("user"),
                    "created_at": as_dict(approval).get("approved_at"),
                },
                place,
            )


def _deployment(item: Item, place: Place) -> Values:
    deployable, environment = as_dict(item.get("deployable")), as_dict(item.get("environment"))
    pipeline = as_dict(deployable.get("pipeline"))
    common = _common(item, place, deployable.get("web_url") or pipeline.get("web_url"))
    yield {
        **common,
        "project_id": common["project_id"] or integer(pipeline.get("project_id")),
        "deployment_id": _id(item),
        "number": integer(item.get("iid")),
        "environment": text(environment.get("name")),
        # before GitLab 12.9 the job alone told how it went
        "status": text(item.get("status")) or text(deployable.get("status")),
        "ref": text(item.get("ref")),
        "sha": text(item.get("sha")),
        "job_id": integer(deployable.get("id")),
        "pipeline_id": integer(pipeline.get("id")),
        "actor_login": text(member(item.get("user"), "username")),
        "created_at": instant(item.get("created_at")),
        "started_at": instant(deployable.get("started_at")),
        "finished_at": instant(deployable.get("finished_at")),
        "updated_at": instant(item.get("updated_at")),
    }


def _environment(item: Item, place: Place) -> Values:
    yield {
        **_common(item, place),
        "environment_id": _id(item),
        "name": text(item.get("name")),
        "tier": text(item.get("tier")),
        "state": text(item.get("state")),
        "created_at": instant(item.get("created_at")),
        "updated_at": instant(item.get("updated_at")),
    }


def _issue(item: Item, place: Place) -> Values:
    yield {
        **_common(item, place),
        "issue_id": _id(item),
        "number": _id(item, "iid"),
        "state": text(item.get("state")),
        "issue_type": text(item.get("issue_type")) or text(item.get("type")),
        "title": text(item.get("title")),
        "body": text(item.get("description")),
        "author_login": text(member(item.get("author"), "username")),
        "labels": label_names(item.get("labels")),
        "severity": text(item.get("severity")),
        "html_url": text(item.get("web_url")),
        "created_at": instant(item.get("created_at")),
        "updated_at": instant(item.get("updated_at")),
        "closed_at": instant(item.get("closed_at")),
    }


def _issue_event(item: Item, place: Place, kind: str, event: str) -> Values:
    if item.get("resource_type") != "Issue":
        return  # merge requests have the same lists
    yield {
        **_common(item, place),
        "event_id": _id(item),
        "kind": kind,
        "issue_id": integer(item.get("resource_id")),
        "number": place.issue,
        "event": text(item.get(event)),
        # of a label that was deleted since, only that there was one is known
        "label": text(member(item.get("label"), "name")),
        "actor_login": text(member(item.get("user"), "username")),
        "created_at": instant(item.get("created_at")),
    }


def _label_event(item: Item, place: Place) -> Values:
    yield from _issue_event(item, place, "label", "action")


def _state_event(item: Item, place: Place) -> Values:
    yield from _issue_event(item, place, "state", "state")


ROWS: Mapping[str, tuple[str, Callable[[Item, Place], Values]]] = {
    "project": ("projects", _project),
    "pipeline": ("pipelines", _pipeline),
    "merge_train_car": ("pipelines", _merge_train_car),
    "job": ("jobs", _job),
    "bridge": ("jobs", _bridge),
    "merge_request": ("merge_requests", _merge_request),
    "merge_request_commit": ("merge_request_commits", _merge_request_commit),
    "review": ("merge_request_reviews", _review),
    "note": ("merge_request_reviews", _note),
    "approvals": ("merge_request_reviews", _approvals),
    "deployment": ("deployments", _deployment),
    "environment": ("environments", _environment),
    "issue": ("issues", _issue),
    "label_event": ("issue_events", _label_event),
    "state_event": ("issue_events", _state_event),
}
