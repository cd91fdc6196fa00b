"""`build.xml` of a server's disk → the rows that the REST API gives of that build.

Sites without an API keep the folders `jobs/<name>/builds/<number>`. The class names of the XML
hide `$` as `_-`; the document says XML 1.1 and is read as 1.0.
"""

import io
import re
from typing import Any

from dlt_pipelines.parsers.builds.reader import RowError
from dlt_pipelines.parsers.github.values import integer
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_HEAD = 64
_MEMBERS = {
    "userId": "userId",
    "upstreamProject": "upstreamProject",
    "originalNumber": "originalNumber",
}


def is_xml(data: bytes) -> bool:
    """Tell a `build.xml` from a JSON document."""
    return data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_build_xml(data: bytes, number: int | None) -> dict[str, Any]:
    """Return a build as the REST API would answer it, as far as the disk knows.

    Args:
        data: The whole file.
        number: Number of the build, by its path; the file itself may not say it.

    Raises:
        ParseError: It is no XML.
        RowError: It is no build, or nothing says which.
    """
    # the rest is what XML 1.0 allows, and no parser here knows 1.1
    root = read_tree(io.BytesIO(_DECLARATION.sub(b"", data, count=1))).root
    if root.child("timestamp", "startTime") is None:
        raise RowError("no build of Jenkins: neither `timestamp` nor `startTime` is in it")
    known = integer(root.child_text("number"))
    known = number if known is None else known
    if known is None:
        raise RowError("the path does not say which build it is: `jobs/<name>/builds/<number>`")
    return _build(root, known)


def _build(root: Node, number: int) -> dict[str, Any]:
    actions = root.child("actions")
    # `timestamp` is when the build left the queue, `startTime` some milliseconds later; a pipeline
    # may have a result long before it is `completed`
    started = integer(root.child_text("startTime")) or integer(root.child_text("timestamp"))
    is_over = (root.child_text("completed") or "true") == "true"
    item: dict[str, Any] = {
        "_class": root.tag,
        "number": number,
        "building": root.child("result") is None or not is_over,
        "result": root.child_text("result"),
        "timestamp": started,
        "duration": integer(root.child_text("duration")),
        "builtOn": root.child_text("builtOn"),
        "actions": [],
    }
    for action in actions.children if actions else ():
        if action.tag.endswith("CauseAction"):
            item["actions"].append({"causes": [_cause(node) for node in _causes(action)]})
        elif action.tag.endswith("BuildData"):
            item["actions"].append(_build_data(action))
        elif action.tag.endswith(".TimeInQueueAction"):
            item["actions"].append(
                {part.tag: integer(part.text.strip()) for part in action.children}
            )
    return item


def _causes(action: Node) -> list[Node]:
    bag = action.child("causeBag", "causes")
    if bag is None:
        return []
    entries = bag.all("entry")
    return [entry.children[0] for entry in entries if entry.children] if entries else bag.children


def _cause(node: Node) -> dict[str, Any]:
    cause: dict[str, Any] = {"_class": node.tag.replace("_-", "$").replace("__", "_")}
    for name, member in _MEMBERS.items():
        value = node.child_text(name)
        if value:
            cause[member] = value
    if "upstreamProject" in cause:
        cause["upstreamBuild"] = integer(node.child_text("upstreamBuild"))
    return cause


def _build_data(node: Node) -> dict[str, Any]:
    last = node.child("lastBuild")
    revision = last.child("revision", "marked") if last else None
    branches = revision.child("branches") if revision else None
    remotes = node.child("remoteUrls")
    return {
        "lastBuiltRevision": {
            "SHA1": revision.child_text("sha1") if revision else None,
            "branch": [
                {"name": branch.child_text("name")}
                for branch in (branches.children if branches else ())
            ],
        },
        "remoteUrls": [remote.text.strip() for remote in (remotes.children if remotes else ())],
    }
