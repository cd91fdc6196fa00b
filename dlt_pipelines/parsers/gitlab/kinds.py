"""What an object of GitLab is: by the page that lists it, else by the members it has."""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.parsers.gitlab.place import Place

NOT_KEPT = frozenset(
    {
        "commit",
        "commit_status",
        "epic",
        "push",
        "tag_push",
        "release",
        "test_report",
        "merge_request_diff",
        "user",
        "runner",
        "branch",
        "emoji",
        "file",
        "variable",
        "schedule",
        "other_delivery",
        "other_event",
    }
)
_COMMIT = {"short_id", "author_name"}


def kind_of(item: Mapping[str, Any], place: Place) -> str | None:
    """Return the name of the kind, or None for something that is not known."""
    names = item.keys()
    for members, kind in _MEMBERS:
        if names >= members:
            return kind
    if _is_commit(item):
        return "merge_request_commit" if place.merge_request is not None else "commit"
    if "approved_by" in names:
        return "approvals"
    if "web_url" in names and "status" in names and "sha" in names and "stage" not in names:
        return "pipeline"
    return None


def _is_commit(item: Mapping[str, Any]) -> bool:
    # a few exports leave out the short id, but never the name of the author
    return item.keys() >= _COMMIT or item.keys() >= {"id", "message", "author_name", "web_url"}


# The surest signs first: a bridge is a job with a downstream pipeline, and so on.
_MEMBERS: tuple[tuple[set[str], str], ...] = (
    ({"merge_request", "pipeline", "target_branch"}, "merge_train_car"),
    ({"downstream_pipeline", "stage"}, "bridge"),
    ({"environment", "iid", "ref", "sha"}, "deployment"),
    ({"stage", "name", "status"}, "job"),
    ({"source_branch", "target_branch", "iid"}, "merge_request"),
    ({"path_with_namespace"}, "project"),
    ({"test_suites"}, "test_report"),
    ({"total", "test_suites"}, "test_report"),
    ({"old_path", "new_path"}, "merge_request_diff"),
    ({"base_commit_sha", "head_commit_sha"}, "merge_request_diff"),
    ({"tag_name", "assets"}, "release"),
    ({"commit", "name", "protected"}, "branch"),
    ({"awardable_type", "awardable_id"}, "emoji"),
    ({"file_name", "blob_id"}, "file"),
    ({"mode", "path", "type"}, "file"),
    ({"noteable_type", "body"}, "note"),
    ({"resource_type", "resource_id", "action", "label"}, "label_event"),
    ({"resource_type", "resource_id", "state"}, "state_event"),
    ({"resource_type", "resource_id"}, "other_event"),
    ({"slug", "name", "external_url"}, "environment"),
    ({"source", "status", "sha", "ref"}, "pipeline"),
    ({"target_url", "status", "sha", "name"}, "commit_status"),
    ({"iid", "title", "author", "group_id"}, "epic"),
    ({"username", "avatar_url"}, "user"),
    ({"runner_type", "status"}, "runner"),
    ({"variable_type", "key", "value"}, "variable"),
    ({"cron", "cron_timezone"}, "schedule"),
    ({"iid", "title", "state", "author"}, "issue"),
)
