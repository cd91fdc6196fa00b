"""Builds and pipelines of the GraphQL API in the members that REST has for them."""

from typing import Any

from dlt_pipelines.parsers.json_document import as_dict

# Of GraphQL → of REST; states stay in the upper case in which GraphQL writes them.
_MEMBERS = {
    "uuid": "id",
    "createdAt": "created_at",
    "scheduledAt": "scheduled_at",
    "startedAt": "started_at",
    "finishedAt": "finished_at",
    "defaultBranch": "default_branch",
    "exitStatus": "exit_status",
    "softFailed": "soft_failed",
}


def is_graphql(item: dict[str, Any]) -> bool:
    """Tell a node of GraphQL: REST has no `uuid`."""
    return isinstance(item.get("uuid"), str) and ("slug" in item or "state" in item)


def to_rest(item: dict[str, Any]) -> dict[str, Any]:
    """Return the object with REST's names; GraphQL's own `id` is of no use elsewhere."""
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
    return rest
