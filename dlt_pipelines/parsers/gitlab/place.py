"""Where an address of GitLab leads: server, project, and the thing whose list it is."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dlt_pipelines.parsers.github.values import integer

DEFAULT_SERVER = "gitlab.com"

_URL = re.compile(r"^https?://(?:[^/?#@]*@)?([^/?#]+)([^?#]*)", re.IGNORECASE)
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_API = re.compile(r"(?:^|/)projects/([^/?#]+)((?:/[^?#]*)?)")
# before GitLab 13 no `-` stood between a project and what it holds
_SITE = re.compile(
    r"^(.+?)/(?:-/|(?:pipelines|merge_requests|issues|jobs|builds|environments)/\d+(?:/|$)"
    r"|commits?/[0-9a-f]{7,64}(?:/|$))"
)
_NUMBERED = re.compile(r"/(merge_requests|pipelines|jobs|deployments|issues)/(\d{1,18})(?=[/.]|$)")
_LATER_PAGE = re.compile(r"[?&]page=(?!0*1(?:&|#|$))")
_THINGS = (
    "bridges", "jobs", "commits", "notes", "approvals", "merge_requests", "deployments",
    "environments", "issues", "test_report_summary", "test_report", "pipelines",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """What the address of a page says about the objects in it; None where it says nothing.

    Attributes:
        server: Host.
        project_id: Number of the project.
        repository: Its path, `group/subgroup/name`.
        things: What the page lists, as the last word of its path.
        numbers: Numbers of the things on the way there, such as that of the merge request.
        is_start: Whether it is the beginning of a list; only whole addresses tell.
        list_head_sha: Of a list of commits, the newest, which stands first.
        received_at: When a delivery came.
    """

    server: str = DEFAULT_SERVER
    project_id: int | None = None
    repository: str | None = None
    things: str | None = None
    merge_request: int | None = None
    pipeline: int | None = None
    issue: int | None = None
    is_start: bool = False
    list_head_sha: str | None = None
    received_at: datetime | None = None


def place_of(address: str) -> Place:
    """Read an address of the API, or the path of a saved file that is laid out like one."""
    url = _URL.match(address)
    path = url[2] if url else address
    place = Place(server=url[1] if url else DEFAULT_SERVER)
    found = _API.search(path)
    rest = found[2] if found else path
    if found:
        name = _ESCAPED.sub(_unescaped, found[1])
        number = integer(name)
        place = replace(
            place, project_id=number, repository=name if number is None and "/" in name else None
        )
    numbers = {thing: int(number) for thing, number in _NUMBERED.findall(rest)}
    words = [word.partition(".")[0] for word in rest.split("/") if word]
    last = next((word for word in reversed(words) if word in _THINGS), None)
    return replace(
        place,
        things=last if found or "merge_requests" in numbers else None,
        merge_request=numbers.get("merge_requests"),
        pipeline=numbers.get("pipelines"),
        issue=numbers.get("issues"),
        is_start=url is not None and not _LATER_PAGE.search(address),
    )


def project_of(web_url: Any) -> tuple[str | None, str | None]:
    """Return (server, path of the project) of a page of the site, such as that of a pipeline."""
    if not isinstance(web_url, str):
        return None, None
    url = _URL.match(web_url)
    if not url:
        return None, None
    found = _SITE.match(url[2])
    path = (found[1] if found else url[2]).strip("/")
    return url[1], path if "/" in path else None


def _unescaped(found: re.Match[str]) -> str:
    """Return the text that a run of percent-escapes stands for."""
    return bytes.fromhex(found[0].replace("%", "")).decode(errors="replace")
