"""Bytes of a report as a parser likes them: a stream, or lines of text."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from dlt_pipelines.parsers.head import decode_start, sniff_encoding
from dlt_pipelines.parsers.log_text import has_times, without_colours, without_times
from dlt_pipelines.parsers.markup import decode_leniently

CHUNK_BYTES = 1024 * 1024
TEXT_LIMIT = 256 * 1024 * 1024
LINE_BYTES = 1024 * 1024
"""Bytes of one text line; the rest of a longer one is skipped."""

Source = bytes | BinaryIO


def as_stream(source: Source) -> BinaryIO:
    """Return a seekable binary stream of the report."""
    return io.BytesIO(source) if isinstance(source, bytes) else source


def text_lines(source: Source) -> Iterator[str]:
    """Yield the lines of a text report without their ends, whatever its encoding.

    Lines end at LF or CRLF; bytes that aren't valid are replaced, never refused. The times before
    the lines of a CI job's log are left out, and the colours of a terminal.
    """
    stream = as_stream(source)
    origin = stream.tell()
    start = stream.read(4096)
    encoding = sniff_encoding(start)
    stream.seek(origin)
    lines = _lines(stream, encoding)
    return map(without_times, lines) if has_times(decode_start(start, encoding)) else lines


def _lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    if encoding not in ("utf-8", "latin-1", "iso8859-1", "cp1252"):
        text = decode_leniently(stream.read(TEXT_LIMIT), encoding)
        yield from without_colours(text).splitlines()
        return
    is_first = True
    while line := stream.readline(LINE_BYTES):
        if line[-1:] != b"\n" and len(line) >= LINE_BYTES:
            while (rest := stream.readline(LINE_BYTES)) and rest[-1:] != b"\n":
                pass
        if is_first:
            line = line.removeprefix(b"\xef\xbb\xbf")
            is_first = False
        yield without_colours(decode_leniently(line.rstrip(b"\r\n"), "utf-8"))
