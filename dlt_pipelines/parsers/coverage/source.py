"""Bytes of a report as a parser likes them: a stream, text, or the value of a JSON document."""

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import sniff_encoding
from dlt_pipelines.parsers.markup import decode_leniently

CHUNK_BYTES = 1024 * 1024
TEXT_LIMIT = 256 * 1024 * 1024
JSON_LIMIT = 128 * 1024 * 1024
JSON_PARTS_LIMIT = 3_000_000
"""Lists, objects and values of a JSON report: in memory they take far more than on disk."""
LINE_BYTES = 1024 * 1024
"""Bytes of one text line; the rest of a longer one is skipped."""

Source = bytes | BinaryIO


def as_stream(source: Source) -> BinaryIO:
    """Return a seekable binary stream of the report."""
    return io.BytesIO(source) if isinstance(source, bytes) else source


def text_lines(source: Source) -> Iterator[str]:
    """Yield the lines of a text report without their ends, whatever its encoding.

    Lines end at LF or CRLF; bytes that aren't valid are replaced, never refused.
    """
    stream = as_stream(source)
    origin = stream.tell()
    encoding = sniff_encoding(stream.read(4096))
    stream.seek(origin)
    if encoding not in ("utf-8", "latin-1", "iso8859-1", "cp1252"):
        text = decode_leniently(stream.read(TEXT_LIMIT), encoding)
        yield from text.splitlines()
        return
    is_first = True
    while line := stream.readline(LINE_BYTES):
        if line[-1:] != b"\n" and len(line) >= LINE_BYTES:
            while (rest := stream.readline(LINE_BYTES)) and rest[-1:] != b"\n":
                pass
        if is_first:
            line = line.removeprefix(b"\xef\xbb\xbf")
            is_first = False
        yield decode_leniently(line.rstrip(b"\r\n"), "utf-8")


def read_json(source: Source) -> tuple[Any, str | None]:
    """Read a whole JSON document.

    Returns:
        Its value, and what is wrong with the text (something follows the document), else None.

    Raises:
        ParseError: It is no JSON, ends in the middle, nests too deep or is too large.
    """
    data = as_stream(source).read(JSON_LIMIT + 1)
    if len(data) > JSON_LIMIT:
        raise ParseError(f"a JSON report may not be larger than {JSON_LIMIT >> 20} MiB")
    parts = data.count(b",") + data.count(b"[") + data.count(b"{")
    if parts > JSON_PARTS_LIMIT:
        raise ParseError(f"a JSON report may not have more than {JSON_PARTS_LIMIT:,} values")
    text = decode_leniently(data, sniff_encoding(data[:4096])).lstrip("\ufeff \t\r\n\x00")
    if not text:
        raise ParseError("the file is empty")
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or "Unterminated" in error.msg:
            raise ParseError("the JSON document ends in the middle") from error
        raise ParseError(f"no valid JSON: {error.msg} at line {error.lineno}") from error
    except RecursionError as error:
        raise ParseError("the JSON document nests too deep") from error
    except ValueError as error:
        raise ParseError(f"no valid JSON: {error}") from error
    rest = text[end : end + 4096].strip("\x00 \t\r\n")
    return value, "text follows the JSON document" if rest else None
