"""Where an address of Buildkite leads: organisation and pipeline, number of the build."""

import re
from typing import Any

from dlt_pipelines.parsers.builds.reader import Place
from dlt_pipelines.parsers.github.values import integer
from dlt_pipelines.parsers.json_document import as_dict

SERVER = "buildkite.com"

_API = re.compile(
    r"(?:^|/)organizations/([^/?#]+)(?:/pipelines/([^/?#]+)(?:/builds/(\d+))?)?(?=[/?#]|$)"
)
_SITE = re.compile(r"^https?://[^/]+/([^/?#]+)/([^/?#]+)(?:/builds/(\d+))?(?=[/?#]|$)")


def place_of(address: Any) -> Place:
    """Read an address of the API or the site, or a path of a saved file that ends like one."""
    if not isinstance(address, str):
        return Place(SERVER)
    found = _API.search(address) or _SITE.match(address)
    if not found or not found[2]:
        return Place(SERVER)
    return Place(SERVER, f"{found[1]}/{found[2]}", integer(found[3]))


def path_of(pipeline: Any) -> str | None:
    """Return `organization/slug` of a pipeline object of REST or GraphQL."""
    item = as_dict(pipeline)
    slug = item.get("slug")
    found = place_of(item.get("url")).pipeline_path or place_of(item.get("web_url")).pipeline_path
    organization = as_dict(item.get("organization")).get("slug")
    if isinstance(slug, str) and isinstance(organization, str):
        return f"{organization}/{slug}"
    return found
