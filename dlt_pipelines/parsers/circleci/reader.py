"""Objects of CircleCI, told apart by their members, → rows.

A pipeline is what a push or a schedule starts, and knows branch and commit; each of its workflows
is a build here; the jobs of a workflow do not name it, so the address of their page has to.
A delivery holds a pipeline, a workflow and, where one ended, a job, and less of each than the API.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dlt_pipelines.parsers.builds.reader import BuildReader, Place, RowError, described, identity
from dlt_pipelines.parsers.builds.values import latest, repository_of_remote, seconds_between
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import integer, moment, text
from dlt_pipelines.parsers.json_document import as_dict, dicts

Pairs = Iterator[tuple[str, Mapping[str, Any]]]

SERVER = "circleci.com"

_WORKFLOW = re.compile(r"(?:^|/)workflow/([0-9a-fA-F-]{36})(?=[/?#]|$)")
_PROJECT = re.compile(r"(?:^|/)project/([^/?#]+/[^/?#]+/[^/?#]+)(?=[/?#]|$)")
# "branch" of a change from a fork; with `/head` or `/merge` where it was started by the API
_FORKED = re.compile(r"^pull/(\d+)(?:/(?:head|merge))?$")
_PROVIDERS = {"github": "gh", "bitbucket": "bb"}
_DELIVERY = {"happened_at", "webhook"}
_DELIVERED, _ANSWERED = 0, 1
# Members by which other answers of CircleCI are known; no table keeps them.
_OTHERS = (
    ({"latest_workflow", "executor"}, "details of a job"),
    ({"node_index", "path"}, "artifact"),
    ({"classname", "result"}, "test"),
    ({"metrics", "window_start"}, "insights"),
    ({"credits_used"}, "insights"),
    ({"timetable"}, "schedule"),
    ({"variable", "context_id"}, "variable of a context"),
    ({"fingerprint", "public-key"}, "key"),
    ({"fingerprint", "public_key"}, "key"),
    ({"verify-tls"}, "webhook"),
    ({"id", "login", "name"}, "user"),
)
_RUNNING = ("running", "failing", "on_hold", "queued", "not_running", "blocked")


class CircleciReader(BuildReader):
    """Reads what the API v2 of CircleCI answers."""

    vendor = "circleci"

    def place_of(self, address: str) -> Place:
        """Return project and workflow of an address."""
        workflow, project = _WORKFLOW.search(address), _PROJECT.search(address)
        return Place(
            SERVER,
            slug_of(project[1]) if project else None,
            build_id=workflow[1] if workflow else None,
        )

    def rows_of(self, item: dict[str, Any], place: Place, depth: int) -> Pairs:
        """Yield the rows of an object."""
        if isinstance(item.get("items"), list):
            self.document(item["items"], place, depth + 1)
        elif item.keys() >= _DELIVERY:
            yield from self._delivery_rows(item)
        elif "vcs_info" in item and "slug" in item:
            yield "pipelines", _project(item)
        elif "pipeline_id" in item and "status" in item:
            yield "builds", _workflow(item)
        elif "number" in item and "state" in item and "project_slug" in item:
            yield "pipeline_runs", _pipeline(item)
        elif "status" in item and "name" in item and ("job_number" in item or "type" in item):
            yield "jobs", _job(item, place)
        elif ("slug" in item and "vcs_type" in item) or "vcs-type" in item:
            self.not_kept("organization")
        else:
            self._other(item)

    def _delivery_rows(self, item: dict[str, Any]) -> Pairs:
        """Rows of what a delivery tells; its project says too little for one of its own."""
        pipeline, workflow = as_dict(item.get("pipeline")), as_dict(item.get("workflow"))
        if "id" not in pipeline or "id" not in workflow:
            self.not_kept(f"delivery {text(item.get('type'))}")
            return
        slug = {"project_slug": as_dict(item.get("project")).get("slug")}
        yield "pipeline_runs", _pipeline({**pipeline, **slug})
        job = as_dict(item.get("job"))
        if job:
            of_job = {**job, **slug, "job_number": job.get("number"), "workflow_id": workflow["id"]}
            yield "jobs", {**_job(of_job, Place(SERVER)), "detail_rank": _DELIVERED}
        elif "status" in workflow:
            whole = {"pipeline_id": pipeline["id"], "pipeline_number": pipeline.get("number")}
            values = _workflow({**workflow, **slug, **whole})
            yield "builds", {**values, "detail_rank": _DELIVERED}

    def _other(self, item: dict[str, Any]) -> None:
        for members, kind in _OTHERS:
            if item.keys() >= members:
                self.not_kept(kind)
                return
        if "message" in item and len(item) == 1:
            raise RowError(f"the saved answer is an error of the vendor: {text(item['message'])}")
        if item:
            raise RowError(f"no object of CircleCI; its first members: {described(item)}")


def slug_of(value: Any) -> str | None:
    """Return the slug of a project as the API writes it: `gh/owner/name`."""
    slug = text(value)
    if not slug:
        return None
    provider, _, rest = slug.partition("/")
    return f"{_PROVIDERS.get(provider, provider)}/{rest}"


def repository_of_slug(slug: str | None) -> str | None:
    """Return `owner/name`; projects of the GitHub App have ids in their slug instead."""
    provider, _, rest = (slug or "").partition("/")
    return rest if provider in _PROVIDERS.values() and rest else None


def _project(item: dict[str, Any]) -> dict[str, Any]:
    info = as_dict(item.get("vcs_info"))
    slug = slug_of(identity(item.get("slug"), "slug"))
    return {
        "server": SERVER,
        "pipeline_path": slug,
        "pipeline_id": text(item.get("id")) or slug,
        "name": text(item.get("name")),
        "kind": "project",
        "parent_path": slug_of(item.get("organization_slug")),
        "repository": repository_of_remote(info.get("vcs_url")) or repository_of_slug(slug),
        "default_branch": text(info.get("default_branch")),
        "detail_rank": _ANSWERED,
        "payload": json_text(item),
    }


def _pipeline(item: dict[str, Any]) -> dict[str, Any]:
    slug = slug_of(item.get("project_slug"))
    vcs, trigger = as_dict(item.get("vcs")), as_dict(item.get("trigger"))
    # all that pipelines of GitLab, of the GitHub App and of Bitbucket Data Center have
    parameters = as_dict(item.get("trigger_parameters"))
    git = as_dict(parameters.get("git"))
    errors = [text(error.get("message")) or "" for error in dicts(item.get("errors"))]
    branch = text(vcs.get("branch")) or text(git.get("branch")) or None
    tag = text(vcs.get("tag")) or text(git.get("tag")) or None
    forked = _FORKED.match(branch or "")
    review = integer((text(vcs.get("review_id")) or "").rpartition("/")[2])
    if review is None and forked:
        review = integer(forked[1])
    remotes = (
        vcs.get("target_repository_url"),
        git.get("checkout_url"),
        *(as_dict(part).get("repo_url") for part in parameters.values()),
    )
    known = (repository_of_remote(remote) for remote in remotes)
    repository = next((remote for remote in known if remote), None) or repository_of_slug(slug)
    head_repository = repository_of_remote(vcs.get("origin_repository_url"))
    created, updated = moment(item.get("created_at")), moment(item.get("updated_at"))
    return {
        "server": SERVER,
        "pipeline_path": slug,
        "pipeline_run_id": identity(item.get("id"), "id"),
        "number": integer(item.get("number")),
        "repository": repository,
        "status": text(item.get("state")),
        "event": text(trigger.get("type")),
        "head_branch": branch or tag,
        "head_sha": text(vcs.get("revision")) or text(git.get("checkout_sha")),
        "head_repository": head_repository,
        "actor_login": text(as_dict(trigger.get("actor")).get("login")) or None,
        "pull_request_numbers": json_text([review]) if review is not None else None,
        "error_message": "; ".join(errors) or None,
        "created_at": created,
        "updated_at": latest((created, updated)),
        "payload": json_text(item),
    }


def _workflow(item: dict[str, Any]) -> dict[str, Any]:
    slug = slug_of(item.get("project_slug"))
    status = text(item.get("status"))
    is_running = status in _RUNNING
    created = moment(item.get("created_at"))
    stopped = None if is_running else moment(item.get("stopped_at"))
    build_id = identity(item.get("id"), "id")
    number = integer(item.get("pipeline_number"))
    return {
        "server": SERVER,
        "pipeline_path": slug,
        "build_id": build_id,
        "number": number,
        "pipeline_run_id": text(item.get("pipeline_id")),
        "name": text(item.get("name")),
        "repository": repository_of_slug(slug),
        "status": status,
        "conclusion": text(item.get("tag")) or None,
        "is_running": is_running,
        "created_at": created,
        "started_at": created,
        "finished_at": stopped,
        "updated_at": latest((created, stopped)),
        "duration_seconds": seconds_between(created, stopped),
        "html_url": f"https://app.{SERVER}/pipelines/{slug}/{number}/workflows/{build_id}",
        "detail_rank": _ANSWERED,
        "payload": json_text(item),
    }


def _job(item: dict[str, Any], place: Place) -> dict[str, Any]:
    workflow = text(item.get("workflow_id")) or place.build_id
    if workflow is None:
        raise RowError("jobs do not name their workflow, and the page has no address that does")
    slug = slug_of(item.get("project_slug"))
    status = text(item.get("status"))
    started, stopped = moment(item.get("started_at")), moment(item.get("stopped_at"))
    return {
        "server": SERVER,
        "pipeline_path": slug,
        "build_id": workflow,
        "build_number": None,
        "job_id": f"{workflow}:{identity(item.get('id'), 'id')}",
        "name": text(item.get("name")),
        "kind": text(item.get("type")),
        "status": status,
        "is_running": status in _RUNNING,
        "created_at": moment(item.get("created_at")),
        "runnable_at": moment(item.get("queued_at")),
        "started_at": started,
        "finished_at": None if status in _RUNNING else stopped,
        "updated_at": latest((moment(item.get("created_at")), started, stopped)),
        "detail_rank": _ANSWERED,
        "payload": json_text(item),
    }
