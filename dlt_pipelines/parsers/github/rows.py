"""API objects of GitHub Actions → rows of the raw tables.

Each function takes the object and what the address of its page says, and returns one tuple in the
order of its table's schema. Status words are kept as sent. A row without its identity is no fact
about anything: it raises `RowError`, and the caller keeps object and reason.
"""

from collections.abc import Iterator
from typing import Any

from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.kinds import Place, number_of, repository_of
from dlt_pipelines.parsers.github.values import flag, integer, login, member, moment, text

Row = tuple[Any, ...]

# Old servers know no attempts: there a re-run replaces the run, so the one that is shown is the
# only one.
FIRST_ATTEMPT = 1


class RowError(Exception):
    """An object can't become a row; the message is a sentence for people."""


def identity(value: Any, name: str) -> int:
    """Return an id, or raise."""
    found = integer(value)
    if found is None:
        raise RowError(f"`{name}` is missing or no whole number")
    return found


def named_repository(item: dict[str, Any], place: Place, *addresses: str) -> str:
    """Return `owner/name`: the object's own word first, then its addresses, then its page's."""
    found = text(member(item.get("repository"), "full_name"))
    for name in addresses:
        if found:
            return found
        found = repository_of(item.get(name))
    found = found or place.repository
    if not found:
        raise RowError("no member and no address names the repository")
    return found


def repository_row(item: dict[str, Any], _: Place) -> Row:
    """One row per repository as seen."""
    full_name = text(item.get("full_name"))
    if not full_name:
        raise RowError("`full_name` is missing")
    return (
        full_name,
        integer(item.get("id")),
        text(item.get("default_branch")),
        flag(item.get("private")),
        flag(item.get("fork")),
        flag(item.get("archived")),
        login(item.get("owner")),
        moment(item.get("created_at")),
        moment(item.get("updated_at")),
        text(item.get("html_url")),
        json_text(item),
    )


def run_row(item: dict[str, Any], place: Place) -> Row:
    """One row per run attempt as seen."""
    actor = item.get("actor")
    pull_requests = item.get("pull_requests")
    numbers = None
    if isinstance(pull_requests, list):
        numbers = json_text([integer(member(request, "number")) for request in pull_requests])
    return (
        named_repository(item, place, "url", "html_url"),
        identity(item.get("id"), "id"),
        integer(item.get("run_attempt")) or place.run_attempt or FIRST_ATTEMPT,
        integer(item.get("run_number")),
        integer(item.get("workflow_id")),
        text(item.get("name")),
        text(item.get("path")),
        text(item.get("display_title")),
        text(item.get("event")),
        text(item.get("status")),
        text(item.get("conclusion")),
        text(item.get("head_branch")),
        text(item.get("head_sha")),
        text(member(item.get("head_repository"), "full_name")),
        login(actor),
        text(member(actor, "type")),
        login(item.get("triggering_actor")),
        numbers,
        moment(item.get("created_at")),
        moment(item.get("run_started_at")),
        moment(item.get("updated_at")),
        text(item.get("html_url")),
        json_text(item),
    )


def job_row(item: dict[str, Any], place: Place) -> Row:
    """One row per job of a run attempt as seen."""
    labels = item.get("labels")
    run_url = item.get("run_url")
    return (
        named_repository(item, place, "run_url", "url", "html_url"),
        identity(item.get("run_id") or number_of("run_id", run_url) or place.run_id, "run_id"),
        integer(item.get("run_attempt"))
        or number_of("run_attempt", run_url)
        or place.run_attempt
        or FIRST_ATTEMPT,
        identity(item.get("id"), "id"),
        text(item.get("workflow_name")),
        text(item.get("name")),
        text(item.get("status")),
        text(item.get("conclusion")),
        text(item.get("head_branch")),
        text(item.get("head_sha")),
        moment(item.get("created_at")),
        moment(item.get("started_at")),
        moment(item.get("completed_at")),
        json_text(labels) if isinstance(labels, list) else None,
        integer(item.get("runner_id")),
        text(item.get("runner_name")),
        text(item.get("runner_group_name")),
        text(item.get("html_url")),
        json_text(item),
    )


def step_rows(item: dict[str, Any], job: Row) -> Iterator[Row | RowError]:
    """One row per step of a job; `job` is the job's own row."""
    steps = item.get("steps")
    if not isinstance(steps, list):
        return
    repository, run_id, run_attempt, job_id = job[:4]
    for step in steps:
        number = integer(member(step, "number"))
        if number is None:
            yield RowError(f"a step of job {job_id} has no `number`")
            continue
        yield (
            repository,
            run_id,
            run_attempt,
            job_id,
            number,
            text(step.get("name")),
            text(step.get("status")),
            text(step.get("conclusion")),
            moment(step.get("started_at")),
            moment(step.get("completed_at")),
        )


def artifact_row(item: dict[str, Any], place: Place) -> Row:
    """One row per artifact as seen."""
    run = item.get("workflow_run")
    return (
        named_repository(item, place, "url", "archive_download_url"),
        integer(member(run, "id")) or place.run_id,
        identity(item.get("id"), "id"),
        text(item.get("name")),
        integer(item.get("size_in_bytes")),
        flag(item.get("expired")),
        moment(item.get("created_at")),
        moment(item.get("expires_at")),
        moment(item.get("updated_at")),
        text(member(run, "head_sha")),
        json_text(item),
    )


def deployment_row(item: dict[str, Any], place: Place) -> Row:
    """One row per deployment as seen."""
    return (
        named_repository(item, place, "url", "statuses_url", "repository_url"),
        identity(item.get("id"), "id"),
        text(item.get("sha")),
        text(item.get("ref")),
        text(item.get("task")),
        text(item.get("environment")),
        flag(item.get("production_environment")),
        flag(item.get("transient_environment")),
        login(item.get("creator")),
        text(item.get("description")),
        moment(item.get("created_at")),
        moment(item.get("updated_at")),
        json_text(item),
    )


def deployment_status_row(item: dict[str, Any], place: Place) -> Row:
    """One row per status that a deployment was given."""
    deployment = number_of("deployment_id", item.get("deployment_url")) or place.deployment_id
    return (
        named_repository(item, place, "deployment_url", "url", "repository_url"),
        identity(deployment, "deployment_url"),
        identity(item.get("id"), "id"),
        text(item.get("state")),
        text(item.get("environment")),
        login(item.get("creator")),
        text(item.get("log_url")) or text(item.get("target_url")),
        text(item.get("environment_url")),
        moment(item.get("created_at")),
        moment(item.get("updated_at")),
        json_text(item),
    )


def environment_row(item: dict[str, Any], place: Place) -> Row:
    """One row per environment as seen."""
    rules = item.get("protection_rules")
    return (
        named_repository(item, place, "url", "html_url"),
        identity(item.get("id"), "id"),
        text(item.get("name")),
        bool(rules) if isinstance(rules, list) else None,
        text(item.get("html_url")),
        moment(item.get("created_at")),
        moment(item.get("updated_at")),
        json_text(item),
    )


def annotation_row(item: dict[str, Any], place: Place, position: int) -> Row:
    """One row per note that a job left behind; `position` 0 is its first."""
    if place.job_id is None or place.repository is None:
        raise RowError(
            "nothing says which job the annotation belongs to; save the page as "
            '`{"url": "<address of the page>", "body": […]}`'
        )
    return (
        place.repository,
        place.job_id,
        position,
        text(item.get("annotation_level")),
        text(item.get("title")),
        text(item.get("message")),
        text(item.get("path")),
        json_text(item),
    )
