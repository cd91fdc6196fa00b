"""A JSON document or lines of JSON objects, bounded, and mended where it was cut off."""

import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import decode_start, late_json, sniff_encoding
from dlt_pipelines.parsers.json_limits import memory_of_values
from dlt_pipelines.parsers.log_text import as_written, has_times, without_times
from dlt_pipelines.parsers.markup import decode_leniently

SIZE_LIMIT = 64 * 1024 * 1024
BYTES_LIMIT = 320 * 1024 * 1024
"""What the values of a document may take in memory, roughly: that is the risk, not their text."""
_DECODED_LIMIT = 160 * 1024 * 1024
"""A single character beyond the basic plane makes a text take four bytes a character."""
LINE_LIMIT = 8 * 1024 * 1024
_DEPTH_LIMIT = 400
_NOT_SPACE = re.compile(r"[^\s\x00\ufeff]")
TEXT_BEFORE = "text stands before the JSON document"
_LINE_OF_JSON = re.compile(r"^(?=\{\s*+\")", re.MULTILINE)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value and how much of it is there.

    Attributes:
        value: The value; of a cut-off document as much as was complete.
        problem: What was wrong, None when nothing was.
        is_complete: The document was read to its end.
    """

    value: Any
    problem: str | None = None
    is_complete: bool = True


def read_document(source: bytes | BinaryIO) -> Document:
    """Read one JSON value; a text before it, such as the banner of `npm run`, is looked past.

    Raises:
        ParseError: There is no value, it is too large, or it nests too deep.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        msg = f"a JSON report may not be larger than {SIZE_LIMIT >> 20} MiB"
        raise ParseError(msg)
    if memory_of_values(data) > BYTES_LIMIT:
        msg = f"the values of the report would take more than {BYTES_LIMIT >> 20} MiB of memory"
        raise ParseError(msg)
    text = decode_leniently(data, sniff_encoding(data[:4096])).strip("\ufeff \t\r\n\x00")
    text = as_written(text)
    del data
    if not text:
        raise ParseError("the file is empty")
    if sys.getsizeof(text) > _DECODED_LIMIT:
        msg = f"the text of the report takes more than {_DECODED_LIMIT >> 20} MiB of memory"
        raise ParseError(msg)
    start = None if text[0] in "{[" else late_json(text)
    if start:
        document = _read_text(text[start:])
        problem = "; ".join(filter(None, (TEXT_BEFORE, document.problem)))
        return Document(document.value, problem, document.is_complete)
    return _read_text(text)


def _read_text(text: str) -> Document:
    decoder = json.JSONDecoder(strict=False)
    try:
        value, end = decoder.raw_decode(text)
    except RecursionError as error:
        raise ParseError("the JSON document nests too deep") from error
    except json.JSONDecodeError as error:
        return _mend(text, error)
    except ValueError as error:
        raise ParseError(f"no valid JSON: {error}") from error
    if text[end:].strip("\x00 \t\r\n"):
        return Document(value, "something follows the JSON document")
    return Document(value)


def _mend(text: str, error: json.JSONDecodeError) -> Document:
    """Close what a cut-off or wrong document left open, before the mistake."""
    reason = f"not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    closed = _closed_before(text, error.pos)
    if closed is None:
        raise ParseError(reason) from error
    try:
        value = json.loads(closed, strict=False)
    except (ValueError, RecursionError):
        raise ParseError(reason) from error
    return Document(value, reason, is_complete=False)


def _closed_before(text: str, stop: int) -> str | None:
    """Return the text up to the last comma or opening before `stop`, with everything closed."""
    stack: list[str] = []
    cut = -1
    for token in _TOKEN.finditer(text, 0, stop):
        mark = token[0]
        if mark in "{[":
            stack.append("}" if mark == "{" else "]")
            if len(stack) > _DEPTH_LIMIT:
                return None
            cut = token.end()
        elif mark in "}]":
            if not stack or stack[-1] != mark:
                break
            stack.pop()
            cut = token.end()
            if not stack:
                break
        elif mark == ",":
            cut = token.start()
    return text[:cut] + "".join(reversed(stack)) if cut > 0 else None


def read_lines(source: bytes | BinaryIO) -> Iterator[tuple[Any, str | None]]:
    """Yield the JSON value of each line that holds one, and what is wrong with each that doesn't.

    Lines are taken one by one, so memory stays flat. Empty lines are left out, and so are the times
    before the lines of a CI job's log.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    origin = stream.tell()
    start = stream.read(4096)
    encoding = sniff_encoding(start)
    stream.seek(origin)
    if encoding.startswith(("utf-16", "utf-32")):
        stream = io.BytesIO(decode_leniently(stream.read(SIZE_LIMIT), encoding).encode())
    is_log = has_times(decode_start(start, encoding))
    number = 0
    decoder = json.JSONDecoder(strict=False)
    while line := stream.readline(LINE_LIMIT):
        number += 1
        text = decode_leniently(line).strip("\ufeff \t\r\n\x00")
        if is_log:
            text = without_times(text)
        if not text:
            continue
        try:
            value, end = decoder.raw_decode(text)
        except RecursionError:
            yield None, f"line {number} nests too deep"
            continue
        except ValueError:
            yield None, f"line {number} is no JSON: `{text[:60]}`"
            continue
        yield value, None
        rest = text[end:].strip()
        if rest:
            yield None, f"line {number} goes on behind the JSON: `{rest[:60]}`"


def read_values(source: bytes | BinaryIO) -> Iterator[tuple[Any, str | None]]:
    """Yield JSON values that follow each other, on lines of their own or not.

    A text before the first, such as the banner of a script, is looked past with a remark. What
    stands between two values and is no JSON ends the reading with one.

    Raises:
        ParseError: The text is too large.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        msg = f"a JSON report may not be larger than {SIZE_LIMIT >> 20} MiB"
        raise ParseError(msg)
    text = as_written(decode_leniently(data, sniff_encoding(data[:4096])))
    decoder = json.JSONDecoder(strict=False)
    position = 0
    first = _NOT_SPACE.search(text)
    if first is not None and first[0] not in "{[" and (late := _LINE_OF_JSON.search(text)):
        position = late.start()
        yield None, TEXT_BEFORE
    while True:
        start = _NOT_SPACE.search(text, position)
        if start is None:
            return
        try:
            value, position = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            line = text.count("\n", 0, start.start()) + 1
            yield None, f"no JSON from line {line} on: `{text[start.start() :][:60]}`"
            return
        yield value, None


def as_dict(value: Any) -> dict[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return the value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of an array; other elements are left out."""
    return [part for part in as_list(value) if isinstance(part, dict)]


def text_of(value: Any) -> str | None:
    """Return a non-empty string, None for anything else."""
    return value if isinstance(value, str) and value else None
