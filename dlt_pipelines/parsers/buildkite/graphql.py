"""Builds, jobs and pipelines of the GraphQL API in the members that REST has for them."""

from typing import Any

from dlt_pipelines.parsers.json_document import as_dict, dicts

# Of GraphQL → of REST; states stay in the upper case in which GraphQL writes them.
_MEMBERS = {
    "uuid": "id",
    "createdAt": "created_at",
    "scheduledAt": "scheduled_at",
    "runnableAt": "runnable_at",
    "startedAt": "started_at",
    "finishedAt": "finished_at",
    "canceledAt": "canceled_at",
    "cancelReason": "cancel_reason",
    "blockedState": "blocked_state",
    "createdBy": "creator",
    "pullRequest": "pull_request",
    "rebuiltFrom": "rebuilt_from",
    "triggeredFrom": "triggered_from",
    "defaultBranch": "default_branch",
    "exitStatus": "exit_status",
    "softFailed": "soft_failed",
    "agentQueryRules": "agent_query_rules",
    "retriesCount": "retries_count",
    "parallelGroupIndex": "parallel_group_index",
    "parallelGroupTotal": "parallel_group_total",
}
_TYPES = {
    "JobTypeCommand": "script",
    "JobTypeWait": "waiter",
    "JobTypeBlock": "manual",
    "JobTypeTrigger": "trigger",
}
_FINISHED = "FINISHED"
_REFERENCES = ("rebuilt_from", "triggered_from")


def is_graphql(item: dict[str, Any]) -> bool:
    """Tell a node of GraphQL: REST has no `uuid`."""
    return isinstance(item.get("uuid"), str) and ("slug" in item or "state" in item)


def to_rest(item: dict[str, Any]) -> dict[str, Any]:
    """Return the object with REST's names; GraphQL's own `id` is of no use elsewhere."""
    if "number" not in item and "slug" not in item:
        return _job(item)
    rest = {_MEMBERS.get(name, name): part for name, part in item.items() if name != "id"}
    repository = rest.get("repository")
    if isinstance(repository, dict):
        rest["repository"] = repository.get("url")
    if isinstance(rest.get("url"), str):
        rest["web_url"] = rest["url"]
    if isinstance(rest.get("pipeline"), dict):
        inner = to_rest(rest["pipeline"])
        slug = as_dict(inner.get("organization")).get("slug")
        rest["pipeline"] = {**inner, "organization": {"slug": slug}}
    for name in _REFERENCES:
        if isinstance(rest.get(name), dict):
            rest[name] = {"id": rest[name].get("uuid")}
    if isinstance(rest.get("source"), dict):
        rest["source"] = rest["source"].get("name")
    jobs = rest.get("jobs")
    if isinstance(jobs, dict):
        nodes = [as_dict(edge.get("node")) for edge in dicts(jobs.get("edges"))]
        rest["jobs"] = [_job(node) for node in [*nodes, *dicts(jobs.get("nodes"))] if node]
    return rest


def _job(item: dict[str, Any]) -> dict[str, Any]:
    """Return a job; whether one that has finished was good stands beside its state."""
    rest = {_MEMBERS.get(name, name): part for name, part in item.items() if name != "id"}
    rest["type"] = _TYPES.get(str(item.get("__typename")), rest.get("type"))
    passed = item.get("passed")
    if rest.get("state") == _FINISHED and isinstance(passed, bool):
        rest["state"] = "PASSED" if passed else "FAILED"
    rest["web_url"] = rest.get("url")
    rest["step_key"] = as_dict(rest.get("step")).get("key")
    rest["retried_in_job_id"] = as_dict(rest.get("retriedInJob")).get("uuid")
    return rest
