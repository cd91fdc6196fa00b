"""A sentence on a file whose format is not known: what it looks like."""

from collections.abc import Callable

from dlt_pipelines.parsers.head import Head

_UNREAD: tuple[tuple[str, Callable[[Head], bool]], ...] = (
    (
        "raw coverage of V8 is not read, its text is elsewhere; `c8 report` makes lcov of it",
        lambda head: {"result.scriptId", "result.functions.ranges.startOffset"} <= head.json_paths,
    ),
    (
        "the JSON of gocov is not read; the profile of `go test` is",
        lambda head: "Packages.Functions.Statements.Reached" in head.json_paths,
    ),
    (
        "hits of Dart's VM are not read; `format_coverage --lcov` makes lcov of them",
        lambda head: {"coverage.source", "coverage.hits"} <= head.json_paths,
    ),
    (
        "the XML of BullseyeCoverage is not read: it counts conditions, not lines",
        lambda head: head.root == "BullseyeCoverage",
    ),
    (
        "the XML of EMMA is not read: it counts parts of lines",
        lambda head: head.root == "report" and {"stats", "srclines"} <= set(head.elements),
    ),
)
"""Reports that are known and not read → what to do instead."""


def describe(head: Head) -> str:
    """Return what the start of an unknown file looks like."""
    raw = head.raw
    if not raw:
        return "the file is empty"
    if not head.text.strip("\ufeff \t\r\n\x00"):
        return "the file holds nothing but white space"
    for words, is_it in _UNREAD:
        if is_it(head):
            return words
    if head.root:
        return f"an XML document with the root element `{head.root[:80]}`, no known report"
    if head.is_json:
        shape = "array" if head.is_json_array else "object"
        if head.is_json_lines:
            shape = "lines"
        keys = ", ".join(f"`{key[:40]}`" for key in sorted(head.json_keys)[:8])
        return f"JSON {shape} with the keys {keys or '(none)'}, no known report"
    if raw.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        return "a document or picture, no report"
    if b"\0" in raw[:1024]:
        return "binary data, no known report"
    if head.text.lstrip()[:1] in ("{", "["):
        return "text that starts like JSON but holds no known report"
    return "text of no known report format"
