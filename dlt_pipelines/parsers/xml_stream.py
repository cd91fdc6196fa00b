"""One safe way through any XML: streamed, bounded, forgiving where other tools are.

    bytes ──chunks──> expat ──callbacks──> handler
                        │ first mistake
                        └──────> `markup.read_leniently` goes on from there, same callbacks

No entity is ever expanded and no DTD is loaded: a document that declares internal entities is
refused, external ones are left out with a remark. Tokens and nesting are bounded. The handler sees
tags as written (with prefix) and one dictionary of attributes each.
"""

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol
from xml.parsers import expat

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import sniff_encoding
from dlt_pipelines.parsers.markup import decode_leniently, read_leniently

CHUNK_BYTES = 256 * 1024
TOKEN_LIMIT = 8 * 1024 * 1024
"""Bytes of one tag, comment or instruction; text between tags has no limit, it arrives in parts."""
LENIENT_LIMIT = 32 * 1024 * 1024
"""Bytes read on after a mistake."""
DECODED_LIMIT = 64 * 1024 * 1024
"""Bytes read of a document in another encoding than UTF-8."""
DEFAULTS_LIMIT = 32
DEFAULTS_BYTES_LIMIT = 4 * 1024
"""Attributes that a document type may give to elements: each of them comes with every element."""

_CUT_OFF = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    }
)
_MARKS = (rb"<\?xml\s", rb"<(?:testsuites?|coverage)[\s>]", rb"<(?:!DOCTYPE|!--|[A-Za-z_])")
_DOCUMENT_STARTS = [re.compile(mark) for mark in _MARKS]
"""Where a document starts when text stands before it, the surest mark first."""


class TextSwitch:
    """Where a handler sets `CharacterDataHandler`, when no expat parser is at work."""

    CharacterDataHandler: Callable[[str], None] | None = None


class Handler(Protocol):
    """What `drive` calls back.

    Attributes:
        switch: Set by `drive`; the handler sets `switch.CharacterDataHandler` to receive text and
            to None to be left alone, since most text of a report lies between elements.
    """

    switch: Any

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag."""

    def end(self, tag: str) -> None:
        """Take an end tag."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far the document could be read.

    Attributes:
        problem: What was wrong, None for a well-formed document.
        is_complete: The end of the document was reached with every element closed.
    """

    problem: str | None = None
    is_complete: bool = True


class _Reader:
    """Chunks of UTF-8 (bytes) or of text (other encodings) from any source."""

    def __init__(self, source: bytes | BinaryIO) -> None:
        self._stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
        self._origin = self._stream.seek(0, io.SEEK_CUR)
        first = self._stream.read(CHUNK_BYTES)
        self.encoding = sniff_encoding(first)
        self.is_utf8 = self.encoding == "utf-8"
        self.skipped_text = False
        if not self.is_utf8:
            # Only UTF-8 is streamed; the others are rare, small and decoded whole.
            text = decode_leniently(first + self._stream.read(DECODED_LIMIT), self.encoding)
            whole = text.encode("utf-8", errors="replace")
            self._stream, self._origin, first = io.BytesIO(whole), 0, whole
        skip = _document_start(first)
        self.skipped_text = bool(first[:skip].strip(b"\xef\xbb\xbf \t\r\n\x00"))
        self._origin += skip
        self._stream.seek(self._origin)

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        return self._stream.read(size)

    def from_offset(self, offset: int, size: int) -> bytes:
        self._stream.seek(self._origin + offset)
        return self._stream.read(size)

    def rewind(self) -> None:
        self._stream.seek(self._origin)


def _document_start(first: bytes) -> int:
    """Return where the XML starts: behind a byte order mark, white space, or lines of a log."""
    space = len(first) - len(first.lstrip(b"\xef\xbb\xbf \t\r\n\x00"))
    if first[space : space + 1] == b"<":
        return space
    found = (mark.search(first) for mark in _DOCUMENT_STARTS)
    return next((match.start() for match in found if match), space)


def drive(source: bytes | BinaryIO, handler: Handler) -> Outcome:
    """Read a document and call the handler back.

    Args:
        source: Bytes, or a seekable binary stream that stands at the start of the document.
        handler: Receives the elements.

    Returns:
        What was wrong and whether the end was reached.

    Raises:
        ParseError: The document declares entities or too many attributes, or the handler refused
            it.
    """
    reader = _Reader(source)
    remarks: list[str] = []
    parser = _new_parser(remarks)
    handler.switch = parser
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    feed = parser.Parse
    fed = 0
    try:
        while chunk := reader.read():
            feed(chunk, 0)
            fed += len(chunk)
            if fed - max(parser.CurrentByteIndex, 0) > TOKEN_LIMIT:
                return Outcome(
                    f"a single tag or attribute is longer than {TOKEN_LIMIT >> 20} MiB",
                    is_complete=False,
                )
        feed(b"", 1)
    except expat.ExpatError as error:
        return _after_mistake(reader, handler, error, parser.ErrorByteIndex)
    if reader.skipped_text:
        remarks.append("text stands before the XML document")
    return Outcome("; ".join(dict.fromkeys(remarks)) or None)


def _new_parser(remarks: list[str]) -> Any:
    """Return a parser that expands nothing; external entities are noted in `remarks`."""
    parser: Any = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def declare(name: str, _is_parameter: int, value: str | None, *rest: str | None) -> None:
        if value is not None:
            refuse_entity(name)
        remarks.append(f"the external entity `{name[:80]}` ({(rest[1] or '')[:80]}) was not read")

    defaults: list[str] = []

    def declare_attribute(
        element: str, name: str, _kind: str, default: str | None, _is_required: int
    ) -> None:
        if default is None:
            return
        defaults.append(name + default)
        if len(defaults) > DEFAULTS_LIMIT or sum(map(len, defaults)) > DEFAULTS_BYTES_LIMIT:
            msg = f"the document type gives `{element[:80]}` and others too many attributes"
            raise ParseError(msg)

    def skip_external(*_names: str | None) -> int:
        return 1

    parser.EntityDeclHandler = declare
    parser.AttlistDeclHandler = declare_attribute
    parser.ExternalEntityRefHandler = skip_external
    return parser


def refuse_entity(name: str) -> None:
    """Refuse a document that declares an entity.

    Raises:
        ParseError: Always.
    """
    msg = f"the document declares the XML entity `{name[:80]}`; entities are never expanded"
    raise ParseError(msg)


def _after_mistake(
    reader: _Reader, handler: Handler, error: expat.ExpatError, offset: int
) -> Outcome:
    """Report a cut-off document; read on leniently after any other mistake."""
    where = f"line {error.lineno}, column {error.offset + 1}"
    if error.code in _CUT_OFF:
        if error.lineno == 1 and not reader.from_offset(0, 1):
            raise ParseError("the file is empty") from error
        return Outcome(f"the document ends in the middle ({where})", is_complete=False)
    reason = f"{expat.ErrorString(error.code)} at {where}"
    stack, is_in_cdata, resume = _state_at(reader, offset)
    text = decode_leniently(reader.from_offset(resume, LENIENT_LIMIT), "utf-8")
    switch = TextSwitch()
    # Text that was being collected goes on being collected.
    switch.CharacterDataHandler = handler.switch.CharacterDataHandler
    handler.switch = switch
    is_closed = read_leniently(
        text, handler, stack, is_in_cdata=is_in_cdata, refuse_entity=refuse_entity
    )
    return Outcome(f"not well-formed: {reason}", is_closed)


def _state_at(reader: _Reader, offset: int) -> tuple[list[str], bool, int]:
    """Return the open elements at the mistake, whether it is in CDATA, and where to resume."""
    stack: list[str] = []
    state = {"cdata": False}
    parser = _new_parser([])
    parser.StartElementHandler = lambda tag, _attributes: stack.append(tag)
    parser.EndElementHandler = lambda _tag: stack.pop()
    parser.StartCdataSectionHandler = lambda: state.update(cdata=True)
    parser.EndCdataSectionHandler = lambda: state.update(cdata=False)
    reader.rewind()
    with contextlib.suppress(expat.ExpatError):
        while chunk := reader.read():
            parser.Parse(chunk, 0)
        parser.Parse(b"", 1)
    if state["cdata"]:
        return stack, True, offset
    back = max(0, offset - TOKEN_LIMIT)
    window = reader.from_offset(back, offset - back)
    return stack, False, back + _token_start(window)


def _token_start(window: bytes) -> int:
    """Return where the token begins in which `window` ends."""
    comment = window.rfind(b"<!--")
    if comment >= 0 and b"-->" not in window[comment:]:
        return comment
    mark = window.rfind(b"<")
    if mark < 0:
        return len(window)
    # The last `<` may itself be the mistake: a bare one inside an attribute value.
    outer = window.rfind(b"<", 0, mark)
    if outer >= 0 and not _closes(window[outer:]):
        return outer
    return len(window) if _closes(window[mark:]) else mark


def _closes(tag: bytes) -> bool:
    """Whether a tag's `>` lies in these bytes, outside of quoted values."""
    quote = 0
    for byte in tag:
        if quote:
            if byte == quote:
                quote = 0
        elif byte in b"\"'":
            quote = byte
        elif byte == 0x3E:
            return True
    return False
