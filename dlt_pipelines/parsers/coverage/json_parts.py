"""The parts of a large JSON document one by one: never more than one file of a report as values.

A document of a hundred megabytes takes gigabytes as Python values. Here its text is walked once,
bracket by bracket, and only the part that is wanted next becomes values.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from dlt_pipelines.parsers.coverage.source import Source, as_stream
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import sniff_encoding
from dlt_pipelines.parsers.json_document import Document, read_document
from dlt_pipelines.parsers.json_limits import memory_of_values
from dlt_pipelines.parsers.markup import decode_leniently

WHOLE_LIMIT = 16 * 1024 * 1024
"""Bytes of a document that is read as a whole."""
SIZE_LIMIT = 160 * 1024 * 1024
WIDE_LIMIT = 64 * 1024 * 1024
"""Bytes of a document that isn't plain ASCII, whose text may take four times as much."""
PART_LIMIT = 100 * 1024 * 1024
"""What the values of one part, one source file's coverage, may take in memory, roughly."""

_SPACE = re.compile(r"[ \t\r\n]*+")
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(r"[^\s,\]}\[{:\"]++")
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


def read_whole_or_parts(
    source: Source, where: Sequence[str | int]
) -> tuple[Document | None, Iterator[tuple[str, Any]]]:
    """Read a document as a whole if it is small enough, else hand out its parts.

    Args:
        source: The report.
        where: Keys that lead from the top to the object or list whose members are the parts; 0
            stands for the first element of a list.

    Returns:
        The document and no parts, or None and the parts as (key, value), with empty keys in a list.

    Raises:
        ParseError: As `read_document`; also, while parts are taken, where the document ends in the
            middle or a part is too large.
    """
    stream = as_stream(source)
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) <= WHOLE_LIMIT:
        return read_document(data), iter(())
    limit = SIZE_LIMIT if data.isascii() else WIDE_LIMIT
    if len(data) > limit:
        raise ParseError(f"a JSON report of this kind may not be larger than {limit >> 20} MiB")
    text = decode_leniently(data, sniff_encoding(data[:4096])).lstrip("\ufeff \t\r\n\x00")
    return None, _parts(text, where)


def _parts(text: str, where: Sequence[str | int]) -> Iterator[tuple[str, Any]]:
    at = 0
    for step in where:
        for key, start, _ in _members(text, at):
            if step in (0, key):
                at = start
                break
        else:
            raise ParseError(f"the JSON document has no `{step}`")
    for key, start, end in _members(text, at):
        part = text[start:end]
        if memory_of_values(part) > PART_LIMIT:
            msg = f"the values of one file take more than {PART_LIMIT >> 20} MiB of memory"
            raise ParseError(msg)
        try:
            yield key, json.loads(part, strict=False)
        except RecursionError as error:
            raise ParseError("the JSON document nests too deep") from error
        except ValueError as error:
            raise ParseError(f"not valid JSON: {error}") from error


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Yield key, start and end of each member of the object or list at `at`."""
    opening = text[at : at + 1]
    if opening not in ("{", "["):
        raise ParseError("the JSON document has no list or object where its files should be")
    closing = "}" if opening == "{" else "]"
    at = _space(text, at + 1)
    while text[at : at + 1] != closing:
        key = ""
        if opening == "{":
            string = _STRING.match(text, at)
            colon = _space(text, string.end()) if string else at
            if string is None or text[colon : colon + 1] != ":":
                raise _cut(text, at)
            key = json.loads(string[0], strict=False)
            at = _space(text, colon + 1)
        end = _end(text, at)
        yield key, at, end
        at = _space(text, end)
        if text[at : at + 1] == ",":
            at = _space(text, at + 1)
        elif text[at : at + 1] != closing:
            raise _cut(text, at)


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end(text: str, at: int) -> int:
    """Return the position behind the value at `at`."""
    first = text[at : at + 1]
    if first not in ("{", "["):
        found = (_STRING if first == '"' else _SCALAR).match(text, at)
        if found is None:
            raise _cut(text, at)
        return found.end()
    depth = 0
    for token in _BRACKET.finditer(text, at):
        mark = token[0]
        if mark in ("{", "["):
            depth += 1
        elif mark in ("}", "]"):
            depth -= 1
            if depth == 0:
                return token.end()
    raise _cut(text, len(text))


def _cut(text: str, at: int) -> ParseError:
    if at >= len(text.rstrip()):
        return ParseError("the JSON document ends in the middle")
    return ParseError(f"not valid JSON at character {at}")
