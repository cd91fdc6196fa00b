"""A fast way through well-formed XML that repeats one small element thousands of times.

    bytes ──chunks──> runs of the element cut out, a placeholder each ──> expat ──> handler
                      │                                                             ▲
                      └── kept, read as a block of numbers when its placeholder comes ┘

Calling Python for every `<line …/>` costs more than everything else together. A run is cut out only
when every element of it has exactly the attributes that the pattern names; whatever looks
different stays for expat. In a comment or a CDATA section the placeholder is as little an element
as the run was. A document with any mistake is not finished here: it is read again the careful way.
"""

import io
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, BinaryIO, Protocol
from xml.parsers import expat

import numpy as np

from dlt_pipelines.parsers.coverage.model import Numbers
from dlt_pipelines.parsers.coverage.source import CHUNK_BYTES, Source
from dlt_pipelines.parsers.head import sniff_encoding

PLACEHOLDER = "testops-run"
DIGITS_ONLY = bytes(byte if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
"""Translates everything but digits into spaces, which leaves the numbers of a run."""
PLAIN_VALUE = rb"[ !#-%\x27-;=-~]*+"
"""Matches the value of an attribute that means what it says: ASCII, no entity."""
TOKEN_LIMIT = 8 * 1024 * 1024
_MORE, _LAST = False, True


def parts(edges: Sequence[int], *columns: Numbers) -> Iterator[list["array[int]"]]:
    """Yield the part of each column from every edge to the next."""
    arrays = [array("q", values.tobytes()) for values in columns]
    for start, stop in pairwise(edges):
        yield [values[start:stop] for values in arrays]


def is_rising(numbers: Numbers, edges: Sequence[int]) -> bool:
    """Whether the numbers begin at 1 or above and rise from every edge to the next."""
    rises = numbers[1:] > numbers[:-1]
    inner = np.array(edges[1:-1], dtype=np.int64)
    rises[inner[(inner > 0) & (inner < len(numbers))] - 1] = True
    return bool(rises.all()) and int(numbers.min(initial=1)) > 0


class RunHandler(Protocol):
    """What `drive_runs` calls back; `start` gets the placeholder and asks `Runs` for its bytes."""

    switch: Any
    runs: "Runs"

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag."""

    def end(self, tag: str) -> None:
        """Take an end tag."""


class Runs:
    """The runs that were cut out and not yet asked for."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._count = 0

    def keep(self, found: re.Match[bytes]) -> bytes:
        """Keep a run and return its placeholder."""
        self._count += 1
        key = str(self._count)
        self._kept[key] = found[0]
        return f'<{PLACEHOLDER} n="{key}"/>'.encode()

    def take(self, attributes: dict[str, str]) -> bytes:
        """Return the run that a placeholder stands for, once."""
        return self._kept.pop(attributes.get("n", ""), b"")

    def forget(self) -> None:
        """Forget the runs whose placeholders were no elements."""
        self._kept.clear()


class _NotPlainError(Exception):
    """The document has something that only the careful way handles."""


def _give_up(*_details: Any) -> int:
    raise _NotPlainError


def drive_runs(
    source: Source,
    handler: RunHandler,
    run: re.Pattern[bytes],
    unused: Sequence[re.Pattern[bytes]] = (),
) -> bool:
    """Read a document and call the handler back.

    Args:
        source: Bytes, or a seekable binary stream that stands at the start of the document.
        handler: Receives the elements.
        run: Matches one or more of the repeated element, and nothing else.
        unused: Matches whole elements that the handler doesn't need; they are left out.

    Returns:
        Whether the document was read to its end. If not, the source stands where it stood, and
        what the handler was told must be forgotten.
    """
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    origin = stream.tell()
    try:
        _feed(stream, handler, run, unused)
    except (expat.ExpatError, _NotPlainError):
        stream.seek(origin)
        return False
    return True


def _feed(
    stream: BinaryIO,
    handler: RunHandler,
    run: re.Pattern[bytes],
    unused: Sequence[re.Pattern[bytes]],
) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.EntityDeclHandler = _give_up
    parser.ExternalEntityRefHandler = _give_up
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    handler.switch = parser
    rest = b""
    is_first = True
    while chunk := stream.read(CHUNK_BYTES):
        chunk = rest + chunk
        if is_first:
            chunk = chunk.lstrip(b" \t\r\n")
            if sniff_encoding(chunk[:4096]) != "utf-8":
                raise _NotPlainError
            is_first = False
        cut = chunk.rfind(b">") + 1
        chunk, rest = chunk[:cut], chunk[cut:]
        if len(rest) > TOKEN_LIMIT:
            raise _NotPlainError
        for pattern in unused:
            chunk = pattern.sub(b"", chunk)
        parser.Parse(run.sub(handler.runs.keep, chunk), _MORE)
        handler.runs.forget()
    parser.Parse(rest, _LAST)
