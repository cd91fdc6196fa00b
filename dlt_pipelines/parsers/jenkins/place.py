"""Where an address of Jenkins leads: server, job by its full name, number of the build."""

import re

from dlt_pipelines.parsers.builds.reader import Place
from dlt_pipelines.parsers.builds.values import decoded, host_of
from dlt_pipelines.parsers.github.values import integer

_JOB = re.compile(r"(?:^|/)job/([^/?#]+)")
# Behind its address a job may have parts with builds of their own: the processes that promote its
# builds, the configurations of a matrix (`jdk=8,os=linux`), the modules of Maven (`org.x$core`).
_JOB_NUMBER = re.compile(
    r"^/(?:promotion/process/([^/?#]+)/|([^/?#]*(?:[=:$]|%3[ADad]|%24)[^/?#]*)/)?(\d+)(?=/|$|\?)"
)
_BLUE = re.compile(r"/blue/rest/organizations/[^/]+/pipelines/")
_BLUE_NAME = re.compile(r"(?:^|/)(?:pipelines|branches)/([^/?#]+)")
_BLUE_NUMBER = re.compile(r"/runs/(\d+)(?=/|$|\?)")
_DISK = re.compile(
    r"(?:^|/)((?:(?:jobs|branches)/[^/]+/)+)"
    r"(?:promotions/([^/]+)/|modules/([^/]+)/|configurations/((?:axis-[^/]+/[^/]+/)+))?"
    r"builds/(\d+)/"
)
_DISK_AXIS = re.compile(r"axis-([^/]+)/([^/]+)/")
_PROMOTION = "promotion"
_DISK_NAME = re.compile(r"(?:jobs|branches)/([^/]+)/")
_DISPLAYED = re.compile(r"^(.*\S)\s+#(\d+)$", re.DOTALL)
_SEPARATOR = " » "


def place_of(address: str) -> Place:
    """Read an address of the site, the REST API or Blue Ocean, or a path of the home folder."""
    server = host_of(address)
    blue = _BLUE.search(address)
    if blue:
        rest = address[blue.start() :]
        number = _BLUE_NUMBER.search(rest)
        names = _BLUE_NAME.findall(rest[: number.start()] if number else rest)
        return _place(server, names, number[1] if number else None)
    jobs = list(_JOB.finditer(address))
    if jobs:
        names = [job[1] for job in jobs]
        behind = _JOB_NUMBER.match(address[jobs[-1].end() :])
        if not behind:
            return _place(server, names, None)
        return _place(server, [*names, *_part(behind[1], behind[2])], behind[3])
    disk = _DISK.search(address.replace("\\", "/"))
    if disk:
        folders, promotion, module, axes, at = disk.groups()
        matrix = ",".join("=".join(pair) for pair in _DISK_AXIS.findall(axes or ""))
        names = [*_DISK_NAME.findall(folders), *_part(promotion, module or matrix)]
        return _place(server, names, at)
    return Place(server=server)


def _part(promotion: str | None, part: str | None) -> list[str]:
    """Return the names of a part of a job; Jenkins calls the module `org.x$core` `org.x:core`."""
    if promotion:
        return [_PROMOTION, promotion]
    return [part.replace("%24", "$").replace("$", ":")] if part else []


def _place(server: str | None, names: list[str], number: str | None) -> Place:
    path = "/".join(name_of(name) for name in names) or None
    found = integer(number)
    return Place(server, path, found, build_id_of(path, found))


def displayed_place(full_display_name: str | None) -> tuple[str | None, int | None]:
    """Return the job and the number that `Folder » job #7` shows: names, unless renamed."""
    found = _DISPLAYED.match(full_display_name or "")
    if not found:
        return None, None
    return "/".join(map(name_of, found[1].split(_SEPARATOR))), integer(found[2])


def name_of(part: str) -> str:
    """Return the name of a job by a part of an address.

    No name holds a slash: the job of the branch `feature/cart` is called `feature%2Fcart`, which an
    address shows as `feature%252Fcart`, or as `feature%2Fcart` where a proxy has decoded it.
    """
    return decoded(part).replace("/", "%2F")


def build_id_of(path: str | None, number: int | None) -> str | None:
    """Return the identity of a build on its server."""
    return f"{path}#{number}" if path and number is not None else None
