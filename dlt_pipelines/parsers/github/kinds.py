"""What a JSON object of the GitHub REST API is, told by its members alone.

The members that tell were taken from GitHub's API description (`api.github.com.json` of
github/rest-api-description): a kind is named by members that no other kind has together.
"""

import re
from dataclasses import dataclass
from typing import Any

from dlt_pipelines.parsers.github.values import integer, text

# Members of a page → table of its elements.
PAGE_MEMBERS = {
    "workflow_runs": "workflow_runs",
    "jobs": "workflow_jobs",
    "artifacts": "artifacts",
    "environments": "environments",
}

# Members of a webhook delivery which hold an object of the API → table.
DELIVERY_MEMBERS = {
    "workflow_run": "workflow_runs",
    "workflow_job": "workflow_jobs",
    "deployment": "deployments",
    "deployment_status": "deployment_statuses",
    "pull_request": "pull_requests",
    "review": "pull_request_reviews",
    "issue": "issues",
}

_API_PATH = re.compile(r"(?:^|/)repos/([^/?#]+/[^/?#]+)(?=[/?#]|$)")
_HTML_PATH = re.compile(r"^https?://[^/]+/([^/?#]+/[^/?#]+)/(?:actions|pull|issues|commit)/")
_API_ADDRESS = re.compile(r"https?://(?:api\.github\.com(?::\d+)?|[^/]+/api/v3)/")
_NUMBERS = {
    "run_id": re.compile(r"(?:^|/)runs/(\d+)(?=[/?#]|$)"),
    "run_attempt": re.compile(r"(?:^|/)attempts/(\d+)(?=[/?#]|$)"),
    "number": re.compile(r"(?:^|/)(?:pulls|issues)/(\d+)(?=[/?#]|$)"),
    "deployment_id": re.compile(r"(?:^|/)deployments/(\d+)(?=[/?#]|$)"),
    "job_id": re.compile(r"(?:^|/)check-runs/(\d+)(?=[/?#]|$)"),
}
_PAGE_NUMBER = re.compile(r"[?&]page=(\d{1,9})")
_PAGE_SIZE = re.compile(r"[?&]per_page=(\d{1,9})")
_USUAL_PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Place:
    """What the address of a page says about the objects in it; None where it says nothing."""

    repository: str | None = None
    run_id: int | None = None
    run_attempt: int | None = None
    number: int | None = None
    deployment_id: int | None = None
    job_id: int | None = None
    first_position: int = 0
    is_page: bool = False  # whether it is a whole address of the API, which leaves nothing out


NOWHERE = Place()


def place_of(address: str) -> Place:
    """Read repository, run, attempt, pull request and deployment out of an API address or path."""
    repository = _API_PATH.search(address)
    found = {name: pattern.search(address) for name, pattern in _NUMBERS.items()}
    page, size = _PAGE_NUMBER.search(address), _PAGE_SIZE.search(address)
    pages_before = max(int(page[1]) - 1, 0) if page else 0
    return Place(
        repository=repository[1] if repository else None,
        **{name: integer(match[1]) if match else None for name, match in found.items()},
        first_position=pages_before * (int(size[1]) if size else _USUAL_PAGE_SIZE),
        is_page=_API_ADDRESS.match(address) is not None,
    )


def repository_of(address: Any) -> str | None:
    """Return `owner/name` from an address of the API or of the site."""
    if not isinstance(address, str):
        return None
    match = _API_PATH.search(address) or _HTML_PATH.match(address)
    return match[1] if match else None


def number_of(name: str, address: Any) -> int | None:
    """Return the number that an address gives for a member of `Place`."""
    match = _NUMBERS[name].search(address) if isinstance(address, str) else None
    return integer(match[1]) if match else None


# In this order: the first whose members are all there decides.
_KINDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(members.split()))
    for kind, members in (
        ("artifacts", "id archive_download_url"),
        ("workflow_jobs", "id run_id run_url"),
        ("workflow_runs", "id workflow_id run_number"),
        ("deployment_statuses", "id deployment_url state"),
        ("deployments", "id statuses_url sha task"),
        ("review comment", "id diff_hunk"),
        ("pull_request_reviews", "id pull_request_url commit_id state"),
        ("pull_requests", "id number head base"),
        ("issues", "id number events_url title"),
        ("comment", "id issue_url body"),
        ("issue_events", "id event created_at"),
        ("cross-reference", "event source created_at"),
        ("environments", "id name protection_rules"),
        ("job_annotations", "annotation_level message path"),
        ("run approval", "state comment environments"),
        ("pending deployment", "environment wait_timer reviewers"),
        ("run timing", "billable"),
        ("pull_request_commits", "sha commit parents"),
        ("repositories", "id full_name owner"),
    )
)


def kind_of(item: dict[str, Any]) -> str | None:
    """Return the table an API object belongs to, the name of a kind not kept, or None.

    None means that nothing shows the object to be of this API.
    """
    members = item.keys()
    for kind, telling in _KINDS:
        if telling <= members:
            return kind
    if "node_id" in item or repository_of(item.get("url")):
        return "other"
    return None


def is_of_api(item: dict[str, Any]) -> bool:
    """Tell by the addresses in an object or in its members that it is of this API."""
    inner = (part for part in item.values() if isinstance(part, dict))
    return any(
        isinstance(value, str) and _API_ADDRESS.match(value) is not None
        for members in (item, *inner)
        for value in members.values()
    )


def delivery_of(item: dict[str, Any]) -> dict[str, Any] | None:
    """Return the body of a webhook delivery, also from a test fixture's `{name, payload}`.

    Deliveries of organisations, applications and of GitHub itself (members, teams, installations,
    advisories, a first ping) have no repository, and not all of them a sender.
    """
    inner = item.get("payload")
    body = inner if isinstance(inner, dict) else item
    is_ping = "zen" in body and "hook_id" in body
    says_what_happened = isinstance(body.get("action"), str) and "id" not in body
    is_of_repository = isinstance(body.get("repository"), dict) and "sender" in body
    return body if is_ping or says_what_happened or is_of_repository else None


def error_of(item: dict[str, Any]) -> str | None:
    """Return the message of an error answer that was saved in place of a page."""
    if "documentation_url" in item and "id" not in item:
        return text(item.get("message"))
    return None
