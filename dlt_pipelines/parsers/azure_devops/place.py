"""Where an address of Azure DevOps leads: organisation, project, number of the build.

`https://dev.azure.com/<organisation>/<project>/_apis/…` is the same place as
`https://<organisation>.visualstudio.com/DefaultCollection/<project>/_apis/…`. A server of one's own
has its collection where the service has the organisation. Builds are counted by organisation, so
that it is a part of the server here.
"""

import re
from typing import Any

from dlt_pipelines.parsers.builds.reader import Place
from dlt_pipelines.parsers.builds.values import decoded

SERVICE = "dev.azure.com"

_SITE = re.compile(
    r"^https?://(?:[^/@]*@)?([^/?#]+)/((?:[^/?#]+/)*?)_(?:apis|build|git)(?=[/?#]|$)"
)
_BUILD = re.compile(
    r"(?:/_apis/build/builds/|/_apis/pipelines/\d+/runs/|/_build/results\?(?:[^#]*&)?buildid=)(\d+)",
    re.IGNORECASE,
)
_OLD_HOST = ".visualstudio.com"
_COLLECTION = "defaultcollection"


def place_of(address: Any) -> Place:
    """Return server, project and build of an address; each is None where it says nothing."""
    if not isinstance(address, str):
        return Place()
    site, build = _SITE.match(address), _BUILD.search(address)
    server, project = _site_of(site[1], site[2]) if site else (None, None)
    return Place(server, project, build_id=build[1] if build else None)


def _site_of(host: str, path: str) -> tuple[str, str | None]:
    """Return server and project of what stands before `_apis`."""
    host = host.lower()
    parts = [decoded(part) for part in path.split("/") if part]
    if host.endswith(_OLD_HOST):
        parts.insert(0, host.removesuffix(_OLD_HOST))
        host = SERVICE
    if host == SERVICE:
        parts[1:] = [part for part in parts[1:] if part.lower() != _COLLECTION]
        return "/".join([host, *parts[:1]]), parts[1] if len(parts) > 1 else None
    return "/".join([host, *parts[:-1]]), parts[-1] if parts else None
